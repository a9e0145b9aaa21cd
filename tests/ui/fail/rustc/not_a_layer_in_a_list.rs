//! A type that isn't a layer, in lists.
use shapewright::prelude::*;

network! { struct Net: Input<8> { [ReLU, String], Linear<.., 2> } }

fn main() {}
