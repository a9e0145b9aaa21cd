//! `Residual` whose layers change the shape.
use shapewright::prelude::*;

network! { struct Net: Input<8, 16, 16> { Residual<[Conv2d<.., 16, 3, padding = 1>, ReLU]>, Flatten, Linear<.., 10> } }

fn main() {}
