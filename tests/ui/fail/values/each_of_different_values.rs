//! `Each` applies the same layers to all values, which must be of one shape.
use shapewright::prelude::*;

network! { struct Net: Input<1, 8, 8> + Input<1, 9, 8> { Each<[conv: Conv2d<1, 4, 3>, Flatten]>, Concat, Linear<.., 2> } }

fn main() {}
