//! A layer that takes indices receives elements.
use shapewright::prelude::*;

network! { struct Net: Input<16> { Embedding<100, 8>, Flatten, Linear<.., 2> } }

fn main() {}
