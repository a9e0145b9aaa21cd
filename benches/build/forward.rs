//! A program that runs a network: what its crate compiles is counted by `benches/ir_lines.sh`.

use shapewright::prelude::*;

type Net = network!(Input<1, 28, 28>, Conv2d<.., 8, 3>, ReLU, MaxPool2d<2>, Flatten, Linear<.., 10>, Softmax);

fn main() -> Result<()> {
    let device = Cpu::default();
    let image: Tensor<Rank3<1, 28, 28>, f32, Cpu> = device.zeros();
    println!("{:?}", Net::build(&device)?.try_forward(image)?.as_vec());
    Ok(())
}
