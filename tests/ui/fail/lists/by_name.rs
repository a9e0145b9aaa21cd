//! A list that a layer takes by position, given by name.
use shapewright::prelude::*;

network! { struct Net: Input<8> { Residual<layers = [Linear<.., 8>]>, Frozen<layers = [ReLU]> } }

fn main() {}
