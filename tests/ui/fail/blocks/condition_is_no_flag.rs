//! A condition over a block's parameters that is a number.
use shapewright::prelude::*;

network! { struct Block<const C: usize> { If<{ C - 1 }, then = [ReLU]>, If<C, then = [ReLU]> } }
network! { struct Net: Input<3> { Block<8> } }

fn main() {}
