//! A block that contains itself.
use shapewright::prelude::*;

network! { struct Block<const C: usize> { Linear<.., C>, Block<C> } }

fn main() {}
