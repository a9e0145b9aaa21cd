//! A mistake three lists deep says the way to it.
use shapewright::prelude::*;

network! {
    struct Net: Input<8> {
        Linear<.., 4>,
        head: [ReLU, deep: [Tanh, [ReLU, wrong: Linear<5, 4>]]],
    }
}
type Open = network!(Input<8>, [ReLU, [Tanh, Linear<5, 4>]]);

fn main() {}
