//! `Conv2d` whose padding is not enough for its kernel.
use shapewright::prelude::*;

network! { struct Net: Input<1, 4, 4> { Conv2d<.., 8, 7, padding = 1>, ReLU } }
network! { struct Wide: Input<1, 4, 4> { Conv2d<.., 8, (1, 3), dilation = 3> } }

fn main() {}
