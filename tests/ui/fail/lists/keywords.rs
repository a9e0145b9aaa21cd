//! Misspelt keywords in lists.
use shapewright::prelude::*;

network! { struct Net: Input<8> { [ReLU, Linear<.., 4, bais = false>], Sum<[ReLU], [Dropout<q = 0.5>]> } }

fn main() {}
