use shapewright::prelude::*;

network! { struct Net: Input<1, 28, 28> { Linear<784, 10> } }

fn main() {}
