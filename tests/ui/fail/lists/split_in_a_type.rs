//! A network in type position has at most three outputs.
use shapewright::prelude::*;

type Net = network!(Input<8>, ReLU, Split<[ReLU], [Tanh], [ReLU], [Linear<.., 2>]>);

fn main() {}
