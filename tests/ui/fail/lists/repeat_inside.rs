//! A mistake in what is repeated is told once.
use shapewright::prelude::*;

network! { struct Net: Input<8> { Tanh, [Linear<.., 4>, ReLU, Linear<5, 8>] * 3 } }
network! { struct One: Input<8> { Linear<7, 8> * 3 } }

fn main() {}
