//! What is repeated keeps its shape.
use shapewright::prelude::*;

network! { struct Net: Input<8, 16, 16> { [Conv2d<.., 8, 3>, ReLU] * 3, Flatten, Linear<.., 10> } }
network! { struct One: Input<8> { Linear<.., 4> * 2, Linear<.., 10> } }

fn main() {}
