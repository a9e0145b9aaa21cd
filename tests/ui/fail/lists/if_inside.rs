//! A mistake in the list that runs; the other list is not checked against its input.
use shapewright::prelude::*;

network! { struct Net: Input<8> { If<true, then = [Linear<7, 8>], otherwise = [Linear<6, 8>]>, Linear<.., 2> } }

fn main() {}
