//! `train` of a network that can't change.
use shapewright::prelude::*;

network! { struct Net: Input<4> { Linear<.., 3> } }

fn main() {
    let device = Cpu::default();
    let net = Net::build(&device).unwrap();
    net.train(device.zeros::<Rank1<4>>());
}
