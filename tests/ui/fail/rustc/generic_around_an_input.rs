//! A generic parameter of a function around the network is no constant.
use shapewright::prelude::*;

fn build<const N: usize>() {
    network! { struct Net: Input<N> { ReLU } }
}

fn main() {}
