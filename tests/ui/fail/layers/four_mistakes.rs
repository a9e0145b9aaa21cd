//! Four mistakes are four errors: behind a wrong layer all is checked as if it were right.
use shapewright::prelude::*;

const HIDDEN: usize = 32;

network! {
    pub struct Mnist: Input<1, 28, 28> {
        Conv2d<3, 8, 3>,
        ReLU,
        MaxPool2d<2>,
        Flatten,
        Linear<784, HIDDEN>,
        BatchNorm1d<64>,
        ReLU,
        Conv2d<1, 8, 3>,
        Softmax,
    }
}

fn main() {}
