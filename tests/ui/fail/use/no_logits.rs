//! A network that ends in no softmax has no logits.
use shapewright::prelude::*;

network! { struct Net: Input<4> { Linear<.., 10>, Sigmoid } }

fn main() {
    let device = Cpu::default();
    let net = Net::build(&device).unwrap();
    net.logits(device.zeros::<Rank1<4>>());
}
