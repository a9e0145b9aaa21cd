//! How several inputs, and indices, are written.
use shapewright::prelude::*;

network! { struct Plus: Input<3> + { Sum } }
network! { struct Other: Input<3> + Linear<.., 3> { Sum } }
network! { struct Five: Input<3> + Input<3> + Input<3> + Input<3> + Input<3> { Sum } }
network! { struct Floats: Input<[f32; 3]> { Linear<.., 3> } }
network! { struct Image: Input<[1, 28, 28]> { Flatten, Linear<.., 3> } }
network! { struct Empty: Input<3> + Input<0> { Concat } }

fn main() {}
