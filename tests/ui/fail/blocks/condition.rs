//! Under a condition: only what runs must fit.
use shapewright::prelude::*;

network! {
    struct Block<const C: usize, const STRIDE: usize> {
        conv: Conv2d<.., C, 3, stride = STRIDE, padding = 1>,
        If<{ STRIDE > 1 }, then = [norm: BatchNorm2d<8>], otherwise = [pool: MaxPool2d<9>]>,
    }
}
network! { struct Net: Input<3, 8, 8> { Block<8, 2>, Block<4, 2>, Block<8, 1> } }

fn main() {}
