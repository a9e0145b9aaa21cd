//! MobileNetV2 with the layers of torchvision's `mobilenet_v2`: the parameters have the same names and shapes.

use crate::prelude::*;

network! {
    /// A convolution with batch normalization and ReLU6. It keeps the size, or divides it by the stride.
    pub struct ConvNormActivation<const C: usize, const K: usize, const STRIDE: usize = 1, const GROUPS: usize = 1> {
        Conv2d<.., C, K, stride = STRIDE, padding = { K / 2 }, groups = GROUPS, bias = false>, BatchNorm2d, ReLU6,
    }
}

network! {
    /// An expansion to EXPANDED channels, a depthwise convolution, and a projection to C channels.
    pub struct InvertedBottleneck<const EXPANDED: usize, const C: usize, const STRIDE: usize = 1> {
        conv: [
            ConvNormActivation<EXPANDED, 1>,
            ConvNormActivation<EXPANDED, 3, STRIDE, GROUPS = EXPANDED>,
            Conv2d<.., C, 1, bias = false>, BatchNorm2d,
        ],
    }
}

network! {
    /// An inverted bottleneck with an expansion of C to 6 · C channels, added to its input.
    pub struct InvertedResidual<const C: usize> {
        Residual<[_: InvertedBottleneck<{ 6 * C }, C>]>,
    }
}

network! {
    /// [`MobileNetV2`] without its head.
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
    /// MobileNetV2, for mobile devices.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[CLASSES\], of any size; designed for 224 × 224
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
