//! Sizes are at least 1.
use shapewright::prelude::*;

const NONE: usize = 0;

type Nothing = network!(Input<1, 0>, Flatten);
network! { struct Constant: Input<NONE> { Linear<.., 10> } }

fn main() {}
