//! `Softmax` along which dimension?
use shapewright::prelude::*;

type Unclear = network!(Input<4, 5>, Softmax);
type NoSuchDimension = network!(Input<4, 5>, LogSoftmax<dim = 3>);
type TheBatch = network!(Input<4, 5>, Softmax<0>);

fn main() {}
