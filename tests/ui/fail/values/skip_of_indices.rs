//! `Skip` joins its input to what its layers make of it: indices can't be joined.
use shapewright::prelude::*;

network! { struct Net: Input<[usize; 4]> { Skip<[Embedding<7, 1>, Flatten]>, Linear<.., 2> } }

fn main() {}
