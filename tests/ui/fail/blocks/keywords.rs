//! A misspelt keyword in a block, beside a parameter.
use shapewright::prelude::*;

network! { struct Block<const C: usize> { Conv2d<.., C, 3, strid = C> } }
network! { struct Net: Input<3, 8, 8> { Block<8>, Block<4> } }

fn main() {}
