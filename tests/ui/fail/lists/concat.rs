//! `Concat` of shapes that differ in another dimension than that which is joined.
use shapewright::prelude::*;

network! { struct Net: Input<8, 16, 16> { Concat<[Conv2d<.., 4, 3>], [Conv2d<.., 4, 3>], [Conv2d<.., 4, 1>]>, ReLU } }

fn main() {}
