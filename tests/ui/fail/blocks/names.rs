//! Two layers of a block with the same name.
use shapewright::prelude::*;

network! { struct Block<const C: usize> { fc: Linear<.., C>, fc: Linear<.., C> } }

fn main() {}
