//! How often something is repeated is a `usize`.
use shapewright::prelude::*;

const TIMES: i32 = 3;

type Net = network!(Input<8>, [ReLU, Tanh] * TIMES);

fn main() {}
