//! A layer that takes elements receives indices.
use shapewright::prelude::*;

network! { struct Net: Input<[usize; 16]> { Linear<.., 8>, ReLU, Linear<.., 2> } }

fn main() {}
