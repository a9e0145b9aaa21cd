//! A block's parameters are not known to another network's `Input`, nor to a closed network.
use shapewright::prelude::*;

network! { struct Sized<const N: usize>: Input<N> { Linear<.., N> } }
network! { struct Block<const N: usize> { Input<N>, Linear<.., N> } }

fn main() {}
