//! Two inputs, which nothing joins.
use shapewright::prelude::*;

network! { struct Net: Input<1, 8, 8> + Input<10> { Conv2d<1, 4, 3>, Flatten, Linear<.., 2> } }

fn main() {}
