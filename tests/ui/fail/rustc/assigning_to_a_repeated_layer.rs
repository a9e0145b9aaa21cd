//! A layer of something repeated is reached by its index.
use shapewright::prelude::*;

network! { struct Net: Input<4> { body: [fc: Linear<.., 4>, ReLU] * 2 } }

fn main() {
    let net = Net::build(&Cpu::default()).unwrap();
    let weight = &net.body.fc.weight;
}
