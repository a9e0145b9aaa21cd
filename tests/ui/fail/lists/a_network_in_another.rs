//! A closed network in another takes its own `Input` only.
use shapewright::prelude::*;

network! { struct Inner: Input<16> { Linear<.., 8> } }
network! { struct Outer: Input<20> { Inner, Linear<.., 2> } }

fn main() {}
