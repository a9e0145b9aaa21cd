//! A block that fits one shape and not the other.
use shapewright::prelude::*;

network! { struct Head<const CLASSES: usize> { Flatten, fc: Linear<784, CLASSES>, Softmax } }
network! { struct Digits: Input<1, 28, 28> { Head<10> } }
network! { struct Colours: Input<3, 32, 32> { Head<10> } }
type Small = network!(Input<1, 20, 20>, ReLU, Head<CLASSES = 2>);

fn main() {}
