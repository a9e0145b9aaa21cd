//! `Linear` with the wrong number of features, of a vector, of a sequence, of a single number.
use shapewright::prelude::*;

network! { struct Vector: Input<30> { Linear<28, 10> } }
network! { struct Sequence: Input<5, 30> { Linear<28, 10, bias = false> } }
network! { struct Number: Input<> { Linear<1, 10> } }
network! { struct ByName: Input<30> { Linear<out_features = 10, in_features = 28> } }

fn main() {}
