//! An open network is checked where it is closed, each time.
use shapewright::prelude::*;

type Digits = network!(Conv2d<1, 8, 3>, ReLU, MaxPool2d<2>, Flatten, Linear<784, 100>, Linear<10, 10>, Softmax);
type Mnist = network!(Input<1, 28, 28>, Digits);
type Cifar = network!(Input<3, 32, 32>, ReLU, Digits);

fn main() {}
