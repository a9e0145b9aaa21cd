//! Layers that may not be there are fields of type `Option`.
use shapewright::prelude::*;

network! {
    struct Net: Input<8> { Residual<[fc: Linear<.., 4>], shortcut = [projection: Linear<.., 4>]> }
}

fn main() {
    let net = Net::build(&Cpu::default()).unwrap();
    let weight: Tensor<Rank2<4, 8>, f32, Cpu> = net.projection.weight;
}
