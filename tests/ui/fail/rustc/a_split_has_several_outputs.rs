//! A network that ends in `Split` returns a tuple.
use shapewright::prelude::*;

network! { struct Net: Input<4> { Split<[Linear<.., 2>], [Linear<.., 3>]> } }

fn main() {
    let device = Cpu::default();
    let net = Net::build(&device).unwrap();
    let output: Tensor<Rank1<2>, f32, Cpu> = net.forward(device.zeros::<Rank1<4>>());
}
