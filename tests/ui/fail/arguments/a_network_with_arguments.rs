//! A network without parameters takes no arguments.
use shapewright::prelude::*;

network! { struct Open { Linear<.., 3> } }
network! { struct Net: Input<3> { Open<3> } }

fn main() {}
