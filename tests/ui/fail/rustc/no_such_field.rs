//! A field that no layer is named.
use shapewright::prelude::*;

network! { struct Net: Input<4> { hidden: Linear<.., 3>, ReLU } }

fn main() {
    let net = Net::build(&Cpu::default()).unwrap();
    let weight = &net.hiden.weight;
}
