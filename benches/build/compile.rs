//! A program that compiles a network into a plan: what its crate compiles is counted by `benches/ir_lines.sh`.

use shapewright::prelude::*;

type Net = network!(Input<1, 28, 28>, Conv2d<.., 8, 3>, ReLU, MaxPool2d<2>, Flatten, Linear<.., 10>, Softmax);

fn main() -> Result<()> {
    let device = Cpu::default();
    let plan = Net::build(&device)?.compile::<1>()?;
    let mut output = [0.0; 10];
    plan.session_with_threads(1)?.run(&[0.0; 28 * 28], &mut output)?;
    println!("{output:?}");
    Ok(())
}
