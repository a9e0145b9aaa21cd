//! `Concat` and `Sum` without lists join several values, not one.
use shapewright::prelude::*;

network! { struct Net: Input<10> { Sum, Linear<.., 4>, Concat, Linear<.., 2> } }

fn main() {}
