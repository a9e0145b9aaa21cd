//! A target that doesn't fit the output.
use shapewright::prelude::*;

fn main() {
    let device = Cpu::default();
    let output: Tensor<Rank2<5, 10>, f32, Cpu> = device.zeros();
    let target: Tensor<Rank2<5, 9>, f32, Cpu> = device.zeros();
    MSELoss::default().forward(output, &target);
}
