//! Constants of the wrong type.
use shapewright::prelude::*;

const HIDDEN: i32 = 3;
const RATE: &str = "a half";

network! { struct Net: Input<28> { Linear<.., HIDDEN>, Dropout<p = RATE> } }

fn main() {}
