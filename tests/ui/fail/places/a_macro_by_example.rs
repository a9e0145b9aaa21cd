//! In a macro of the user's own.
use shapewright::prelude::*;

macro_rules! mlp {
    ($name:ident, $hidden:expr) => {
        network! { struct $name: Input<4> { Linear<.., $hidden>, ReLU, Linear<5, 2> } }
    };
}

mlp!(Small, 8);

fn main() {}
