//! Misspelt layers in lists.
use shapewright::prelude::*;

network! { struct Net: Input<8> { [ReLU, Linaer<.., 4>], Residual<[Relu]>, Conv3d<.., 8, 3> * 2 } }

fn main() {}
