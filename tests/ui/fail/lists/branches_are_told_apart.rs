//! Mistakes in several lists, and of the layer that is made of them, one by one.
use shapewright::prelude::*;

network! {
    struct Net: Input<8, 4, 4> {
        Concat<
            [Conv2d<3, 4, 3>],
            [Conv2d<.., 4, 5>, BatchNorm2d<8>],
            [Flatten],
        >,
        Flatten,
        Linear<10, 2>,
    }
}

fn main() {}
