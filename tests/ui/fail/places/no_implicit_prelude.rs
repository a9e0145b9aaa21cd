//! Without the standard library's names.
#![no_implicit_prelude]
use ::shapewright::prelude::{Conv2d, Linear, ReLU, Residual, network};

network! { struct Block<const C: usize> { Residual<[Conv2d<3, C, 3>]>, ReLU } }
network! { struct Net: Input<1, 8, 8> { body: [Block<4>, ReLU], Linear<7, { 2 + 3 }> } }
type Alias = network!(Input<8>, [Linear<7, 8>] * 2);

fn main() {}
