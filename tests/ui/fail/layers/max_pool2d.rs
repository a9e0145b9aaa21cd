//! `MaxPool2d` with too much padding, too large a kernel, and on features.
use shapewright::prelude::*;

network! { struct Net: Input<1, 4, 4> { MaxPool2d<2, padding = 2>, MaxPool2d<5>, Flatten, MaxPool2d<2> } }

fn main() {}
