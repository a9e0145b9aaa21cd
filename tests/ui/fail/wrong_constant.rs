use shapewright::prelude::*;

const HIDDEN: i32 = 3;
const RATE: f32 = 0.5;

network! { struct Net: Input<28> { Linear<.., HIDDEN>, Dropout<p = RATE> } }

fn main() {}
