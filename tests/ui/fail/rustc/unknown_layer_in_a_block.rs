//! Misspelt layers in a block.
use shapewright::prelude::*;

network! { struct Block<const C: usize> { Conv2D<.., C, 3>, Relu } }
network! { struct Net: Input<3, 8, 8> { Block<8>, Blok<8> } }

fn main() {}
