//! `Linear` without `Flatten`, and a batch in `Input`.
use shapewright::prelude::*;

network! { struct Net: Input<1, 28, 28> { Linear<784, 10> } }
network! { struct Batch: Input<64, 1, 28, 28> { Conv2d<.., 8, 3> } }

fn main() {}
