//! Activations take no sizes.
use shapewright::prelude::*;

network! { struct Net: Input<3> { ReLU<3>, LeakyReLU<Same>, GELU<approximate = Same>, Tanh<x = 1> } }

fn main() {}
