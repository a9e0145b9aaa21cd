//! `Parallel` has a list for each value, in their order; here one is missing, and there they are in another order.
use shapewright::prelude::*;

network! {
    struct Few: Input<1, 8, 8> + Input<10> + Input<3> { Parallel<[Conv2d<1, 4, 3>, Flatten], [ReLU]>, Concat, Linear<.., 2> }
}
network! {
    struct Swapped: Input<1, 8, 8> + Input<10> { Parallel<[Linear<10, 4>], [Conv2d<1, 4, 3>, Flatten]>, Concat, Linear<.., 2> }
}

fn main() {}
