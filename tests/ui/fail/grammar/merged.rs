//! `_:` stands before a layer, and adds nothing to where a mistake is.

use shapewright::prelude::*;

network! { struct Features { conv: Conv2d<.., 8, 3>, ReLU } }

type MergedInput = network!(_: Input<3, 8, 8>, ReLU);
type NoLayer = network!(Input<3, 8, 8>, _: );

network! {
    struct WrongInside: Input<3, 8> {
        _: Features,
    }
}

fn main() {}
