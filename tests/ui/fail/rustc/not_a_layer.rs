//! A type that isn't a layer.
use shapewright::prelude::*;

network! { struct Net: Input<28> { Linear<.., 10>, String } }

fn main() {}
