//! Brackets that don't match.
use shapewright::prelude::*;

type Unclosed = network!(Input<3>, Linear<.., 2, ReLU);
type Outer = network!(< Input<3>, Linear<.., 2> );
type Behind = network!(< Input<3>, ReLU > ReLU);
type Closed = network!(Input<3>, ReLU >);

fn main() {}
