//! A loss of images: a `Flatten` is missing.
use shapewright::prelude::*;

network! { struct Net: Input<1, 8, 8> { Conv2d<.., 10, 3> } }

fn main() {
    let device = Cpu::default();
    let net = Net::build(&device).unwrap();
    let images: Tensor<Rank4<2, 1, 8, 8>, f32, Cpu> = device.zeros();
    CrossEntropyLoss::default().forward(net.forward(images), &device.tensor([1_usize, 2]));
}
