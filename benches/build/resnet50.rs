//! A program that loads ResNet-50, runs it, and compiles it: what its crate compiles is counted by `benches/ir_lines.sh`.

use shapewright::zoo::ResNet50;
use shapewright::{prelude::*, weights};

fn main() -> Result<()> {
    let device = Cpu::default();
    let mut net = <network!(Input<3, 224, 224>, ResNet50)>::build(&device)?;
    if let Some(path) = std::env::args().nth(1) {
        weights::load(&mut net, path)?;
    }
    let image: Tensor<Rank3<3, 224, 224>, f32, Cpu> = device.zeros();
    println!("{:?}", net.try_forward(image)?.as_vec());
    println!("{}", net.compile::<1>()?.session_with_threads(1)?.threads());
    Ok(())
}
