//! `BatchNorm1d` and `BatchNorm2d`: the wrong number of features, and the one in the place of the other.
use shapewright::prelude::*;

network! {
    struct Net: Input<3, 8, 8> {
        BatchNorm2d<8>,
        BatchNorm1d,
        Flatten,
        BatchNorm2d,
        BatchNorm1d<192, momentum = Same>,
    }
}

fn main() {}
