//! `Concat` along a dimension that is not there.
use shapewright::prelude::*;

network! { struct Net: Input<8> { Concat<[ReLU], [Tanh], dim = 2> } }
network! { struct Batch: Input<8> { Concat<[ReLU], [Tanh], dim = 0> } }
network! { struct Ranks: Input<8, 2, 2> { Concat<[ReLU], [Flatten]> } }
network! { struct Empty: Input<8> { Concat } }
network! { struct Numbers: Input<8> { Concat<8, [ReLU]> } }

fn main() {}
