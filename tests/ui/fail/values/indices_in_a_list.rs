//! Indices go to one list of `Parallel`; `Concat` joins elements.
use shapewright::prelude::*;

network! { struct Net: Input<[usize; 4]> + Input<8> { Parallel<[Frozen<[words: Embedding<100, 2>, Flatten]>], [ReLU]>, Concat, Linear<.., 2> } }
network! { struct Raw: Input<[usize; 4]> + Input<8> { Concat, Linear<.., 2> } }

fn main() {}
