//! An output that is taken for another shape.
use shapewright::prelude::*;

network! { struct Net: Input<4> { Linear<.., 10> } }

fn main() {
    let device = Cpu::default();
    let net = Net::build(&device).unwrap();
    let output: Tensor<Rank1<9>, f32, Cpu> = net.forward(device.zeros::<Rank1<4>>());
}
