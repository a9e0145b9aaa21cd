//! `Conv2d` with a kernel larger than its image.
use shapewright::prelude::*;

network! { struct Net: Input<1, 8, 8> { Conv2d<.., 8, 3>, MaxPool2d<2>, Conv2d<.., 8, (5, 3), dilation = (1, 2)> } }

fn main() {}
