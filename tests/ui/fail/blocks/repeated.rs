//! A block that changes the shape, repeated.
use shapewright::prelude::*;

network! { struct Block<const C: usize, const STRIDE: usize = 1> { Conv2d<.., C, 3, stride = STRIDE, padding = 1>, ReLU } }
network! { struct Net: Input<3, 8, 8> { layer1: [Block<3>] * 2, layer2: [Block<8, STRIDE = 2>] * 2, layer3: Block<4> * 3 } }

fn main() {}
