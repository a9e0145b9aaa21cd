use shapewright::prelude::*;

network! { #[derive(Clone, Debug)] struct Net: Input<8> { Linear<.., 2> } }

fn main() {}
