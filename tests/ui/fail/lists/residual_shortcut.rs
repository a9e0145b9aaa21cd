//! `Residual` with a shortcut that makes another shape than its layers.
use shapewright::prelude::*;

network! {
    struct Net: Input<8, 16, 16> {
        Residual<
            [conv1: Conv2d<.., 16, 3, stride = 2, padding = 1>, ReLU],
            shortcut = [downsample: Conv2d<.., 16, 1>],
        >,
        Flatten, Linear<.., 10>,
    }
}

fn main() {}
