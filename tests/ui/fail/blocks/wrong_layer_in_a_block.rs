//! A layer whose own arguments are wrong is told once, where the block is declared.
use shapewright::prelude::*;

network! { struct Block<const C: usize> { Conv2d<.., C>, Conv2d<.., 8, 3, strid = 2>, ReLU<3>, Dropout<1, 2> } }
network! { struct Net: Input<3, 8, 8> { Block<8>, Block<16> } }
network! { struct Unused { Linear<.., 8, 5> } }

fn main() {}
