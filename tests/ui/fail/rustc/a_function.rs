//! A function, a method or a value in the place of a layer.
use shapewright::prelude::*;

fn layer() {}
const LAYER: usize = 1;

network! { struct Net: Input<3> { layer } }
network! { struct Constant: Input<3> { LAYER } }
network! { struct Trait: Input<3> { Clone } }

fn main() {}
