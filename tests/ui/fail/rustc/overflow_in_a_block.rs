//! An expression over a block's parameters that overflows.
use shapewright::prelude::*;

network! { struct Block<const C: usize> { Linear<.., { C - 4 }> } }
network! { struct Net: Input<8> { Block<8>, Block<2> } }

fn main() {}
