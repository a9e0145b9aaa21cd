//! Labels that aren't `usize`, and labels by value.
use shapewright::prelude::*;



fn main() {
    let device = Cpu::default();
    let logits: Tensor<Rank2<2, 10>, f32, Cpu> = device.zeros();
    let labels: Tensor<Rank1<2>, f32, Cpu> = device.zeros();
    CrossEntropyLoss::default().forward(logits.clone(), &labels);
    CrossEntropyLoss::default().forward(logits, device.tensor([1_usize, 2]));
}
