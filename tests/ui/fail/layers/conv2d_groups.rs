//! `Conv2d` with groups that don't divide its channels.
use shapewright::prelude::*;

network! { struct Net: Input<6, 8, 8> { Conv2d<.., 8, 3, groups = 4>, Conv2d<.., 9, 3, groups = 4> } }

fn main() {}
