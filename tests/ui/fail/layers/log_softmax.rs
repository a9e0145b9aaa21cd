//! `LogSoftmax` along which dimension?
use shapewright::prelude::*;

type Unclear = network!(Input<4, 5>, LogSoftmax);
type TheBatch = network!(Input<4, 5>, LogSoftmax<dim = 0>);
type Wrong = network!(Input<4, 5>, LogSoftmax<dim = -2>);
type Number = network!(Input<>, Softmax);

fn main() {}
