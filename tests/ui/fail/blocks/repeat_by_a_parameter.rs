//! A list repeated as often as a parameter says, whose layers change the shape.
use shapewright::prelude::*;

network! { struct Block<const C: usize, const N: usize> { body: [Linear<.., C>, ReLU] * N } }
network! { struct Net: Input<8> { Block<8, 2>, Block<4, 1>, Block<8, 2>, Block<4, 0> } }

fn main() {}
