//! A word that doesn't exist.
use shapewright::prelude::*;

network! { struct Padding: Input<1, 8, 8> { Conv2d<.., 8, 3, padding = Valid> } }

fn main() {}
