//! A tensor of another type of numbers.
use shapewright::prelude::*;

network! { struct Net: Input<4> { Linear<.., 10> } }

fn main() {
    let device = Cpu::default();
    let net = Net::build(&device).unwrap();
    let input: Tensor<Rank1<4>, f64, Cpu> = device.zeros();
    net.forward(input);
}
