//! A block with many mistakes tells the first three.
use shapewright::prelude::*;

network! {
    struct Block<const C: usize> {
        Linear<1, C>, Linear<1, C>, Linear<1, C>, Linear<1, C>, Linear<1, C>,
    }
}
network! { struct Net: Input<8> { Block<8> } }

fn main() {}
