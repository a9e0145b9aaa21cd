//! A keyword that no layer has, and the nearest that this one has.
use shapewright::prelude::*;

type Near = network!(Input<3, 8, 8>, Conv2d<.., 8, 3, paddding = 1>);
type Swapped = network!(Input<3>, Linear<.., 8, bais = false>);
type Case = network!(Input<3>, Linear<.., 8, Bias = false>);
type Other = network!(Input<3, 8, 8>, Conv2d<.., 8, 3, strides = 2>);
type Python = network!(Input<3>, ReLU<inplace = true>);

fn main() {}
