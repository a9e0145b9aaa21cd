//! A generic parameter of a type around the network is no constant.
use shapewright::prelude::*;

struct Model<const N: usize> {
    net: network!(Input<N>, Linear<.., 2>),
}

fn main() {}
