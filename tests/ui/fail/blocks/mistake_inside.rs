//! A mistake in a block is told where the block is used, and says the way to it and its line.
use shapewright::prelude::*;

network! {
    struct Block<const C: usize> {
        conv1: Conv2d<.., C, 3, padding = 1>, ReLU,
        conv2: Conv2d<16, C, 3, padding = 1>, ReLU,
    }
}
network! { struct Net: Input<3, 32, 32> { first: Block<16>, second: Block<8>, Flatten, Linear<.., 10> } }

fn main() {}
