//! A pair is of two numbers.
use shapewright::prelude::*;

type One = network!(Input<1, 8, 8>, MaxPool2d<(2)>);
type Three = network!(Input<1, 8, 8>, MaxPool2d<(2, 2, 2)>);
type None = network!(Input<1, 8, 8>, MaxPool2d<()>);
type Float = network!(Input<1, 8, 8>, MaxPool2d<(2, 0.5)>);
type Dots = network!(Input<1, 8, 8>, MaxPool2d<(.., 2)>);
type Nested = network!(Input<1, 8, 8>, MaxPool2d<((1, 2), 2)>);
type Words = network!(Input<1, 8, 8>, MaxPool2d<(Same, 2)>);

fn main() {}
