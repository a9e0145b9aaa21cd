//! A block's parameters: missing, too many, misspelt, of the wrong kind.
use shapewright::prelude::*;

network! { struct Block<const C: usize, const STRIDE: usize = 1, const BIAS: bool = true, const P: f64 = 0.5> {
    Conv2d<.., C, 3, stride = STRIDE, bias = BIAS>, Dropout<P>,
} }
network! { struct Missing: Input<3, 8, 8> { Block, Flatten, Linear<3, 2> } }
network! { struct TooMany: Input<3, 8, 8> { Block<8, 1, true, 0.5, 5> } }
network! { struct Misspelt: Input<3, 8, 8> { Block<8, STRID = 2> } }
network! { struct LowerCase: Input<3, 8, 8> { Block<8, stride = 2> } }
network! { struct Unknown: Input<3, 8, 8> { Block<8, padding = 2> } }
network! { struct Float: Input<3, 8, 8> { Block<0.5> } }
network! { struct Flag: Input<3, 8, 8> { Block<8, BIAS = 1> } }
network! { struct Count: Input<3, 8, 8> { Block<8, P = true> } }
network! { struct Dots: Input<3, 8, 8> { Block<..> } }
network! { struct List: Input<3, 8, 8> { Block<[ReLU]> } }
network! { struct Twice: Input<3, 8, 8> { Block<8, C = 8> } }
network! { struct Zero: Input<3, 8, 8> { Block<0> } }

fn main() {}
