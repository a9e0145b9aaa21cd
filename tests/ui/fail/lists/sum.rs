//! `Sum` of different shapes.
use shapewright::prelude::*;

network! { struct Net: Input<8> { Sum<[Linear<.., 4>], [Linear<.., 4>, ReLU], [Linear<.., 3>]>, Linear<.., 2> } }

fn main() {}
