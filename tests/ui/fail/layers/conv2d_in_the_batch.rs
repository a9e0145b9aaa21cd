//! The batch is not part of `Input`.
use shapewright::prelude::*;

network! { struct Net: Input<64, 3, 32, 32> { Conv2d<3, 8, 3>, ReLU, Flatten, Linear<.., 10> } }

fn main() {}
