//! How a block's parameters are declared.
use shapewright::prelude::*;

network! { struct Type<T> { ReLU } }
network! { struct Lifetime<'a> { ReLU } }
network! { struct Untyped<const N> { ReLU } }
network! { struct Kind<const N: i32> { ReLU } }
network! { struct Path<const N: std::primitive::usize> { ReLU } }
network! { struct Twice<const N: usize, const N: usize> { ReLU } }
network! { struct Order<const N: usize = 1, const M: usize> { ReLU } }
network! { struct Default<const N: usize = ..> { ReLU } }
network! { struct Pair<const N: usize = (1, 2)> { ReLU } }
network! { struct Comma<const N: usize const M: usize> { ReLU } }
network! { struct Open<const N: usize { ReLU } }
network! { struct Many<const A: usize, const B: usize, const C: usize, const D: usize, const E: usize, const F: usize,
    const G: usize, const H: usize, const I: usize> { ReLU } }

fn main() {}
