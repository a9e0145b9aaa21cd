//! `Residual` without a list, with two, and with a misspelt shortcut.
use shapewright::prelude::*;

network! { struct None: Input<8> { Residual } }
network! { struct Number: Input<8> { Residual<8> } }
network! { struct Two: Input<8> { Residual<[ReLU], [Linear<.., 8>]> } }
network! { struct Misspelt: Input<8> { Residual<[Linear<.., 4>], shortcutt = [Linear<.., 4>]> } }
network! { struct NoList: Input<8> { Residual<[Linear<.., 4>], shortcut = 4> } }

fn main() {}
