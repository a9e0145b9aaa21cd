//! `AdaptiveAvgPool2d` without a size, and with one of 0.
use shapewright::prelude::*;

network! { struct Net: Input<8, 4, 4> { AdaptiveAvgPool2d, AdaptiveAvgPool2d<(0, 7)> } }

fn main() {}
