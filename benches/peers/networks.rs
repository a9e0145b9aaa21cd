//! The networks of the workloads.

use shapewright::prelude::*;

network! {
    pub struct Mlp: Input<784> { a: Linear<.., 512>, ReLU, b: Linear<.., 256>, ReLU, c: Linear<.., 10> }
}

network! {
    pub struct Cnn: Input<1, 28, 28> { a: Conv2d<1, 8, 3>, ReLU, MaxPool2d<2>, Flatten, b: Linear<.., 10>, Softmax }
}

network! {
    pub struct Vgg: Input<3, 32, 32> {
        a: Conv2d<.., 32, 3, padding = 1>, ReLU, b: Conv2d<.., 32, 3, padding = 1>, ReLU, MaxPool2d<2>,
        c: Conv2d<.., 64, 3, padding = 1>, ReLU, d: Conv2d<.., 64, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Flatten, e: Linear<.., 256>, ReLU, f: Linear<.., 10>,
    }
}

network! {
    /// A residual block whose batch normalization is folded into its convolutions.
    pub struct Block<const C: usize, const STRIDE: usize = 1> {
        Residual<
            [a: Conv2d<.., C, 3, stride = STRIDE, padding = 1>, ReLU, b: Conv2d<.., C, 3, padding = 1>],
            shortcut = [d: Conv2d<.., C, 1, stride = STRIDE>],
        >,
        ReLU,
    }
}

network! {
    pub struct ResNet18: Input<3, 224, 224> {
        stem: Conv2d<.., 64, 7, stride = 2, padding = 3>, ReLU, MaxPool2d<3, stride = 2, padding = 1>,
        Block<64>, Block<64>, Block<128, 2>, Block<128>, Block<256, 2>, Block<256>, Block<512, 2>, Block<512>,
        GlobalAvgPool2d, fc: Linear<.., 1000>,
    }
}
