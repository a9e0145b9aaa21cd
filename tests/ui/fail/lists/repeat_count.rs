//! How often something is repeated.
use shapewright::prelude::*;

const TIMES: i32 = 3;

type Text = network!(Input<8>, ReLU * "3");
type Pair = network!(Input<8>, ReLU * (2, 3));
type Dots = network!(Input<8>, [ReLU, Tanh] * ..);
type Word = network!(Input<8>, [ReLU, Tanh] * Same);
type Half = network!(Input<8>, [ReLU, Tanh] * 0.5);
type Nothing = network!(Input<8>, [ReLU, Tanh] *);

fn main() {}
