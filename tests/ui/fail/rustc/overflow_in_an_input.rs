//! A size of `Input` that overflows.
use shapewright::prelude::*;

const WIDTH: usize = 4;

network! { struct Net: Input<1, { WIDTH - 5 }> { ReLU } }

fn main() {}
