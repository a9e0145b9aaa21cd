//! A layer behind `Split` would receive several tensors.
use shapewright::prelude::*;

network! { struct Net: Input<8> { Split<[Linear<.., 4>], [Linear<.., 3>]>, ReLU, Linear<.., 2> } }

fn main() {}
