//! GoogLeNet with the layers of torchvision's `googlenet`, without the auxiliary heads: the parameters have the same
//! names and shapes.
//!
//! As in torchvision, the convolutions are followed by batch normalization, and the third branch has a kernel of 3
//! instead of the paper's 5.

use super::TransformInput;
use crate::prelude::*;

network! {
    /// A convolution with batch normalization and ReLU. It keeps the size, or divides it by the stride.
    pub struct BasicConv2d<const C: usize, const K: usize, const STRIDE: usize = 1> {
        conv: Conv2d<.., C, K, stride = STRIDE, padding = { K / 2 }, bias = false>, bn: BatchNorm2d<eps = 0.001>, ReLU,
    }
}

network! {
    /// Four parallel branches, which are concatenated.
    pub struct Inception<
        const C1: usize, const C3_REDUCED: usize, const C3: usize,
        const C5_REDUCED: usize, const C5: usize, const POOLED: usize,
    > {
        Concat<
            [branch1: BasicConv2d<C1, 1>],
            [branch2: [BasicConv2d<C3_REDUCED, 1>, BasicConv2d<C3, 3>]],
            [branch3: [BasicConv2d<C5_REDUCED, 1>, BasicConv2d<C5, 3>]],
            [branch4: [MaxPool2d<3, stride = 1, padding = 1>, BasicConv2d<POOLED, 1>]],
        >,
    }
}

network! {
    /// [`GoogLeNet`] without its head.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[1024, H / 32, W / 32\]
    pub struct GoogLeNetFeatures<const TRANSFORM_INPUT: bool = false> {
        If<TRANSFORM_INPUT, then = [TransformInput]>,
        conv1: BasicConv2d<64, 7, STRIDE = 2>, MaxPool2d<3, stride = 2, ceil_mode = true>,
        conv2: BasicConv2d<64, 1>, conv3: BasicConv2d<192, 3>, MaxPool2d<3, stride = 2, ceil_mode = true>,
        inception3a: Inception<64, 96, 128, 16, 32, 32>,
        inception3b: Inception<128, 128, 192, 32, 96, 64>,
        MaxPool2d<3, stride = 2, ceil_mode = true>,
        inception4a: Inception<192, 96, 208, 16, 48, 64>,
        inception4b: Inception<160, 112, 224, 24, 64, 64>,
        inception4c: Inception<128, 128, 256, 24, 64, 64>,
        inception4d: Inception<112, 144, 288, 32, 64, 64>,
        inception4e: Inception<256, 160, 320, 32, 128, 128>,
        MaxPool2d<2, ceil_mode = true>,
        inception5a: Inception<256, 160, 320, 32, 128, 128>,
        inception5b: Inception<384, 192, 384, 48, 128, 128>,
    }
}

network! {
    /// GoogLeNet, the first version of Inception.
    ///
    /// `TRANSFORM_INPUT = true` is for torchvision's pretrained weights: see [`TransformInput`].
    ///
    /// # Shapes
    /// \[3, H, W\] → \[CLASSES\], at least 15 × 15; designed for 224 × 224
    ///
    /// # Parameters
    /// 6,624,904 with 1,000 classes
    ///
    /// Source: Szegedy et al., [*Going Deeper with Convolutions*](https://arxiv.org/abs/1409.4842), 2014.
    pub struct GoogLeNet<const CLASSES: usize = 1000, const TRANSFORM_INPUT: bool = false> {
        _: GoogLeNetFeatures<TRANSFORM_INPUT>, GlobalAvgPool2d, Dropout<0.2>, fc: Linear<.., CLASSES>,
    }
}
