//! Labels of another batch size.
use shapewright::prelude::*;



fn main() {
    let device = Cpu::default();
    let logits: Tensor<Rank2<5, 10>, f32, Cpu> = device.zeros();
    CrossEntropyLoss::default().forward(logits, &device.tensor([1_usize, 2, 3]));
}
