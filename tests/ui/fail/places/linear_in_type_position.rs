//! In a type that nothing uses.
use shapewright::prelude::*;

type Unused = network!(Input<1, 28, 28>, Conv2d<1, 8, 3>, ReLU, MaxPool2d<2>, Flatten, Linear<784, 10>, Softmax);

fn main() {}
