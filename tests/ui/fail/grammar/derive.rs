//! What a network implements already can't be derived.
use shapewright::prelude::*;

network! { #[derive(Clone, Debug)] struct Net: Input<8> { Linear<.., 2> } }

fn main() {}
