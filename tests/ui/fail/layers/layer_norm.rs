//! `LayerNorm`: another number of elements, more dimensions than there are, an unknown keyword, and a size of 0.
use shapewright::prelude::*;

network! {
    struct Net: Input<4, 6> {
        LayerNorm<4>,
        LayerNorm<dims = 3>,
        LayerNorm<24, dims = 2>,
        LayerNorm<6, dims = 2>,
        LayerNorm<.., 1e-5>,
    }
}

fn main() {}
