//! `Flatten` takes no arguments.
use shapewright::prelude::*;

network! { struct Net: Input<8, 4, 4> { Flatten<1>, Flatten<start_dim = 1> } }

fn main() {}
