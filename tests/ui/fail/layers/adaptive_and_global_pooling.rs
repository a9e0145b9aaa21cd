//! Adaptive and global pooling take images.
use shapewright::prelude::*;

network! { struct Net: Input<64> { AdaptiveAvgPool2d<(7, 7)>, GlobalAvgPool2d, GlobalAvgPool2d<2> } }

fn main() {}
