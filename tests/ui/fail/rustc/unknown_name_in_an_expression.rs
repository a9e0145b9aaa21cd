//! An expression over a block's parameters with what doesn't exist.
use shapewright::prelude::*;

network! { struct Block<const C: usize> { Linear<.., { C * DEPTH }> } }

fn main() {}
