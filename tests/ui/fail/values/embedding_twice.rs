//! What an `Embedding` makes are elements.
use shapewright::prelude::*;

network! { struct Net: Input<[usize; 16]> { Embedding<100, 8>, ReLU, Embedding<100, 8>, Flatten, Linear<.., 2> } }

fn main() {}
