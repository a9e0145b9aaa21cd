//! A condition that is no condition.
use shapewright::prelude::*;

const WIDE: usize = 1;

network! { struct Number: Input<8> { If<1, then = [ReLU]> } }
network! { struct Constant: Input<8> { If<{ WIDE }, then = [ReLU]> } }
network! { struct None: Input<8> { If<then = [ReLU]> } }
network! { struct Misspelt: Input<8> { If<true, thn = [ReLU]> } }
network! { struct Else: Input<8> { If<true, then = [ReLU], else = [Tanh]> } }

fn main() {}
