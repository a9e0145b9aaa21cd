//! A shortcut that doesn't fit is told where the block is used.
use shapewright::prelude::*;

network! {
    struct Block<const C: usize, const STRIDE: usize = 1> {
        Residual<
            [conv1: Conv2d<.., C, 3, stride = STRIDE, padding = 1>, ReLU, conv2: Conv2d<.., C, 3, padding = 1>],
            shortcut = [downsample: Conv2d<.., C, 1>],
        >,
        ReLU,
    }
}
network! { struct Net: Input<16, 8, 8> { Block<16>, Block<32>, Block<32, STRIDE = 2>, Flatten, Linear<.., 10> } }

fn main() {}
