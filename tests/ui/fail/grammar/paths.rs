//! A path ends in a name.
use shapewright::prelude::*;

type Crate = network!(Input<3>, crate);
type Super = network!(Input<3>, super::super);
type Itself = network!(Input<3>, Self);
type Argument = network!(Input<3>, Linear<.., self>);

fn main() {}
