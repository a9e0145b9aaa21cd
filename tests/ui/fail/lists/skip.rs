//! `Skip` whose layers change more than the channels.
use shapewright::prelude::*;

network! { struct Net: Input<8, 16, 16> { Skip<[Conv2d<.., 4, 3>, ReLU]>, GlobalAvgPool2d } }
network! { struct Dimension: Input<8, 16, 16> { Skip<[Conv2d<.., 4, 3, padding = 1>, ReLU], dim = 2>, GlobalAvgPool2d } }

fn main() {}
