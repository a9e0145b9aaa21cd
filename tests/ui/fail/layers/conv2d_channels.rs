//! `Conv2d` with the wrong number of channels: the other arguments stay as they are.
use shapewright::prelude::*;

network! { struct Net: Input<3, 32, 32> { Conv2d<1, 8, 3, padding = 1, bias = false> } }

fn main() {}
