//! Layers that don't learn fit, or don't, as others do.

use shapewright::prelude::*;

network! {
    struct WrongInside: Input<3, 8, 8> {
        Frozen<[conv: Conv2d<.., 8, 3>, fc: Linear<4, 10>]>,
        head: Linear<.., 2>,
    }
}

network! {
    struct WrongBehind: Input<3, 8, 8> {
        Frozen<[conv: Conv2d<.., 8, 3>, Flatten]>,
        head: Linear<10, 2>,
    }
}

type NoList = network!(Input<3>, Frozen, Linear<.., 2>);
type Two = network!(Input<3>, Frozen<[Linear<.., 2>], [Linear<.., 2>]>);

fn main() {}
