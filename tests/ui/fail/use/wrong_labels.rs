//! Labels that don't fit the logits.
use shapewright::prelude::*;

fn main() {
    let device = Cpu::default();
    let logits: Tensor<Rank2<5, 10>, f32, Cpu> = device.zeros();
    let one_hot: Tensor<Rank2<5, 10>, f32, Cpu> = device.zeros();
    CrossEntropyLoss::default().forward(logits, &one_hot);
}
