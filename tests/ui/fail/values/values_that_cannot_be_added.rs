//! `Sum` adds values of one shape, `Concat` joins values that differ in one dimension.
use shapewright::prelude::*;

network! { struct Added: Input<10> { Split<[Linear<.., 4>], [Linear<.., 3>]>, Sum, Linear<.., 2> } }
network! { struct Joined: Input<2, 4, 4> { Split<[ReLU], [Conv2d<.., 2, 3>]>, Concat, Flatten, Linear<.., 2> } }

fn main() {}
