//! A mistake in a block in a block in a list.
use shapewright::prelude::*;

network! { struct Inner<const C: usize> { conv: Conv2d<16, C, 1>, ReLU } }
network! { struct Middle<const C: usize> { ReLU, inner: Inner<C> } }
network! { struct Net: Input<3, 8, 8> { Tanh, body: [ReLU, middle: Middle<4>] } }

fn main() {}
