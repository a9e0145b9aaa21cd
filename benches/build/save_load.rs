//! A program that saves and loads a network's weights: what its crate compiles is counted by `benches/ir_lines.sh`.

use shapewright::{prelude::*, weights};

type Net = network!(Input<1, 28, 28>, Conv2d<.., 8, 3>, ReLU, MaxPool2d<2>, Flatten, Linear<.., 10>, Softmax);

fn main() -> Result<()> {
    let device = Cpu::default();
    let path = std::env::temp_dir().join("shapewright-build.safetensors");
    weights::save(&Net::build(&device)?, &path)?;
    weights::load(&mut Net::build(&device)?, &path)?;
    Ok(())
}
