//! Names are for a `struct`, each used once.
use shapewright::prelude::*;

type Named = network!(Input<3>, fc: Linear<.., 2>);
type InAList = network!(Input<3>, [fc: Linear<.., 2>]);
type Branch = network!(Input<3>, Residual<[fc: Linear<.., 3>]>);
network! { struct Twice: Input<3> { a: ReLU, b: Tanh, a: Linear<.., 2> } }
network! { struct Raw: Input<3> { r#a: ReLU, a: Tanh } }
network! { struct Reserved: Input<3> { type: ReLU } }
network! { struct Number: Input<3> { 1: ReLU } }
network! { struct Nothing: Input<3> { fc: } }
network! { struct Input1: Input<3> { x: Input<3> } }

fn main() {}
