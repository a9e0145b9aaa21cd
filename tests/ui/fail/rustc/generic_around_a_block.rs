//! A generic parameter of a function around a block is no constant: the block has its own.
use shapewright::prelude::*;

fn build<const N: usize>() {
    network! { struct Block { Linear<.., N> } }
}

fn main() {}
