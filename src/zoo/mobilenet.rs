//! MobileNetV2, layer by layer as torchvision's `mobilenet_v2`: the same parameters under the same names.

use crate::prelude::*;

network! {
    /// A convolution that keeps the size but for its stride, normalized, with ReLU6.
    pub struct ConvNormActivation<const C: usize, const K: usize, const STRIDE: usize = 1, const GROUPS: usize = 1> {
        Conv2d<.., C, K, stride = STRIDE, padding = { K / 2 }, groups = GROUPS, bias = false>, BatchNorm2d, ReLU6,
    }
}

network! {
    /// Expands to many channels, works on each of them by itself, and projects to C.
    pub struct InvertedBottleneck<const EXPANDED: usize, const C: usize, const STRIDE: usize = 1> {
        conv: [
            ConvNormActivation<EXPANDED, 1>,
            ConvNormActivation<EXPANDED, 3, STRIDE, GROUPS = EXPANDED>,
            Conv2d<.., C, 1, bias = false>, BatchNorm2d,
        ],
    }
}

network! {
    /// An inverted bottleneck of C channels to six times as many and back, added to its input.
    pub struct InvertedResidual<const C: usize> {
        Residual<[_: InvertedBottleneck<{ 6 * C }, C>]>,
    }
}

network! {
    /// All of [`MobileNetV2`] but its head.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[1280, H / 32, W / 32\], rounded up
    pub struct MobileNetV2Features {
        ConvNormActivation<32, 3, STRIDE = 2>,
        [conv: [ConvNormActivation<32, 3, GROUPS = 32>, Conv2d<.., 16, 1, bias = false>, BatchNorm2d]],
        InvertedBottleneck<96, 24, STRIDE = 2>, InvertedResidual<24>,
        InvertedBottleneck<144, 32, STRIDE = 2>, InvertedResidual<32>, InvertedResidual<32>,
        InvertedBottleneck<192, 64, STRIDE = 2>, InvertedResidual<64>, InvertedResidual<64>, InvertedResidual<64>,
        InvertedBottleneck<384, 96>, InvertedResidual<96>, InvertedResidual<96>,
        InvertedBottleneck<576, 160, STRIDE = 2>, InvertedResidual<160>, InvertedResidual<160>,
        InvertedBottleneck<960, 320>,
        ConvNormActivation<1280, 1>,
    }
}

network! {
    /// MobileNetV2, for small machines.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[CLASSES\], of any size; it was made for 224 × 224
    ///
    /// # Parameters
    /// 3,504,872 with 1,000 classes
    ///
    /// Source: Sandler et al., [*MobileNetV2: Inverted Residuals and Linear
    /// Bottlenecks*](https://arxiv.org/abs/1801.04381), 2018.
    pub struct MobileNetV2<const CLASSES: usize = 1000> {
        features: MobileNetV2Features, GlobalAvgPool2d, classifier: [Dropout<0.2>, Linear<.., CLASSES>],
    }
}
