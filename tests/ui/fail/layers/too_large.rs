//! Sizes that no memory holds.
use shapewright::prelude::*;

const HUGE: usize = 1 << 40;

network! { struct Net: Input<HUGE> { Linear<.., HUGE>, Linear<.., 2> } }
type Image = network!(Input<3, HUGE, HUGE>, Flatten);
type Padded = network!(Input<1, 8, 8>, Conv2d<.., 1, (1, 100), padding = (18446744073709551615, 1)>);

fn main() {}
