//! `AvgPool2d` with too much padding, and without a kernel.
use shapewright::prelude::*;

network! { struct Net: Input<1, 4, 4> { AvgPool2d<(2, 3), padding = (0, 2)>, AvgPool2d, AvgPool2d<(9, 1)> } }

fn main() {}
