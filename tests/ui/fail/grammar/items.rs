//! How a network is declared as an item.
use shapewright::prelude::*;

network! { pub ReLU }
network! { #[derive(Debug)] ReLU }
network! { enum Net { ReLU } }
network! { struct Net }
network! { struct Tuple(ReLU); }
network! { struct Semicolon: Input<3>; }
network! { struct Second: Input<3> { ReLU } struct Third: Input<3> { ReLU } }
network! { struct Inside { Input<3>, ReLU } }
network! { struct Sizes: Vec<3> { ReLU } }
network! { struct Where<const C: usize> where C: Copy { ReLU } }
network! { struct Lower: Input<3> [ReLU] }

fn main() {}
