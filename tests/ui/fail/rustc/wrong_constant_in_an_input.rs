//! The sizes of `Input` are constants of type `usize`.
use shapewright::prelude::*;

const SIGNED: i32 = 3;
const WIDTH: usize = 4;

network! { struct Signed: Input<SIGNED> { Linear<.., 2> } }
network! { struct Unknown: Input<WITDH> { Linear<.., 2> } }

fn main() {}
