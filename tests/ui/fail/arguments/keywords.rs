//! Misspelt and unknown keywords.
use shapewright::prelude::*;

network! { struct Net: Input<1, 28, 28> { Conv2d<.., 8, 3, strid = 2, colour = 3>, Flatten, Linear<.., 10, biass = false> } }
type Open = network!(Conv2d<.., 8, 3, paddding = 1>, ReLU<inplace = true>);

fn main() {}
