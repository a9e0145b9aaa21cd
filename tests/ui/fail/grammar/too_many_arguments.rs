//! How many arguments a layer takes.
use shapewright::prelude::*;

type Many = network!(Input<3>, ReLU<1, 2, 3, 4, 5, 6, 7, 8, 9>);
type Lists = network!(Input<3>, Sum<[ReLU], [ReLU], [ReLU], [ReLU], [ReLU], [ReLU], [ReLU], [ReLU], [ReLU]>);

fn main() {}
