//! A mistake in a list of `Sum` says which list.
use shapewright::prelude::*;

network! { struct Net: Input<8> { Tanh, Sum<[Linear<.., 4>], [ReLU, Linear<7, 4>]>, Linear<.., 2> } }

fn main() {}
