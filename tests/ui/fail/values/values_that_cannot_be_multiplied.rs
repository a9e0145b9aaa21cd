//! `Product` multiplies values whose sizes are the same, or 1; of the second, and of lists of another rank.
use shapewright::prelude::*;

network! { struct Halves: Input<10> { Split<[Linear<.., 4>], [Linear<.., 3>]>, Product, Linear<.., 2> } }
network! { struct Pooled: Input<2, 4, 4> { Product<[Identity], [GlobalAvgPool2d, Sigmoid]>, Flatten, Linear<.., 2> } }
network! { struct Alone: Input<2, 4, 4> { Product, Flatten, Linear<.., 2> } }

fn main() {}
