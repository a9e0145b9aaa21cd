//! A type that isn't a layer, in a block.
use shapewright::prelude::*;

network! { struct Block<const C: usize> { String, Linear<.., C> } }
network! { struct Net: Input<8> { Block<8> } }

fn main() {}
