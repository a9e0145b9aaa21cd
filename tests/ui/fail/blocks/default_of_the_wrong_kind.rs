//! A default of another kind than its parameter.
use shapewright::prelude::*;

network! { struct Block<const N: usize = 0.5, const DEEP: bool = 1, const RATE: f64 = true> { ReLU } }
network! { struct Net: Input<8> { Block } }

fn main() {}
