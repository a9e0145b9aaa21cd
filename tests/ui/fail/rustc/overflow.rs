//! An expression that overflows.
use shapewright::prelude::*;

const HIDDEN: usize = 8;

network! { struct Net: Input<3> { Linear<.., { HIDDEN - 9 }>, Linear<8, 2> } }

fn main() {}
