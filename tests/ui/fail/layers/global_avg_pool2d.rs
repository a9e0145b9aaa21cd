//! `GlobalAvgPool2d` behind `Flatten`.
use shapewright::prelude::*;

network! { struct Net: Input<8, 4, 4> { Flatten, GlobalAvgPool2d, Linear<.., 10> } }

fn main() {}
