//! A layer that has parameters but no shape rule.
use shapewright::prelude::*;

use shapewright::layer::layer;

#[layer(size: size)]
struct Unfinished;

network! { struct Net: Input<3> { Unfinished<3> } }

fn main() {}
