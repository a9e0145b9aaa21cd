//! `Conv2d` on something that isn't an image.
use shapewright::prelude::*;

network! { struct Net: Input<28, 28> { Conv2d<.., 8, 3> } }

fn main() {}
