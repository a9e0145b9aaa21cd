//! A parameter that a layer in the block can't take.
use shapewright::prelude::*;

network! { struct Block<const C: usize, const P: f64> { Conv2d<.., C, 3>, Dropout<P> } }
network! { struct Net: Input<3, 8, 8> { Block<0, 0.5>, Block<8, 1.5> } }

fn main() {}
