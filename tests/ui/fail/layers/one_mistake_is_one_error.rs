//! One mistake is one error: what follows from it is not told.
use shapewright::prelude::*;

network! { struct NotAnImage: Input<28, 28> { Conv2d<1, 8, 3>, ReLU, MaxPool2d<2>, Flatten, Linear<1352, 10>, Softmax } }
network! { struct NoSize: Input<784> { Linear<784>, ReLU, BatchNorm1d<64>, Linear<128, 10> } }
network! { struct TooSmall: Input<1, 4, 4> { Conv2d<.., 8, 5>, MaxPool2d<2>, Conv2d<4, 8, 3>, Flatten, Linear<72, 10> } }
network! { struct Misspelt: Input<1, 8, 8> { Conv2d<.., 8, kernelsize = 3>, AvgPool2d<2>, GlobalAvgPool2d, Linear<8, 2> } }

fn main() {}
