//! Misspelt layers.
use shapewright::prelude::*;

network! { struct Net: Input<1, 28, 28> { Conv2D<1, 8, 3>, ReLU } }
type Alias = network!(Input<1, 28, 28>, Flaten, ReLU);

fn main() {}
