//! Expressions of the wrong type, and constants that don't exist.
use shapewright::prelude::*;

const HIDDEN: usize = 8;

network! { struct Float: Input<3> { Linear<.., { 0.5 * 2.0 }> } }
network! { struct Unknown: Input<3> { Linear<.., HIDEN> } }
network! { struct Keyword: Input<3> { Linear<.., 8, bias = HIDDEN> } }

fn main() {}
