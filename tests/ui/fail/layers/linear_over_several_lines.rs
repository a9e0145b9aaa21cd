//! A layer over several lines is underlined as a whole.
use shapewright::prelude::*;

network! {
    struct Net: Input<30> {
        fc: Linear<
            28,
            10,
            bias = false,
        >,
    }
}

fn main() {}
