//! A batch of another shape than the network takes.
use shapewright::prelude::*;

network! { struct Net: Input<1, 28, 28> { Flatten, Linear<.., 10> } }

fn main() {
    let device = Cpu::default();
    let net = Net::build(&device).unwrap();
    let images: Tensor<Rank4<64, 3, 28, 28>, f32, Cpu> = device.zeros();
    net.forward(images);
    let batch: Tensor<(usize, Const<784>), f32, Cpu> = device.zeros_like(&(5, Const));
    net.try_forward(batch).unwrap();
}
