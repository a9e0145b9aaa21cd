//! A mistake in one of the outputs of `Split`, and a `Split` within a list.
use shapewright::prelude::*;

network! { struct Net: Input<8> { Split<[Linear<.., 4>], [Linear<7, 3>, Softmax]> } }
network! { struct Inner: Input<8> { Residual<[Split<[ReLU], [Tanh]>]>, ReLU } }
network! { struct Joined: Input<8> { Concat<[Split<[ReLU], [Tanh]>], [ReLU]> } }

fn main() {}
