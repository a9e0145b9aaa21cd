//! EfficientNet-Lite0.
//!
//! The names are those of the Python package
//! [`efficientnet-lite-pytorch`](https://pypi.org/project/efficientnet-lite-pytorch/), without their leading
//! underscores: `blocks.1.expand_conv.weight` for `_blocks.1._expand_conv.weight`. The padding is TensorFlow's.

use crate::prelude::*;

network! {
    /// A depthwise K×K convolution, and a projection to C channels.
    pub struct SeparableConv<const EXPANDED: usize, const C: usize, const K: usize = 3, const STRIDE: usize = 1> {
        depthwise_conv: Conv2d<.., EXPANDED, K, stride = STRIDE, padding = Same, groups = EXPANDED, bias = false>,
        bn1: BatchNorm2d<eps = 0.001, momentum = 0.01>, ReLU6,
        project_conv: Conv2d<.., C, 1, bias = false>, bn2: BatchNorm2d<eps = 0.001, momentum = 0.01>,
    }
}

network! {
    /// An expansion to EXPANDED channels, a depthwise convolution, and a projection to C channels.
    pub struct MBConv<const EXPANDED: usize, const C: usize, const K: usize = 3, const STRIDE: usize = 1> {
        expand_conv: Conv2d<.., EXPANDED, 1, bias = false>, bn0: BatchNorm2d<eps = 0.001, momentum = 0.01>, ReLU6,
        _: SeparableConv<EXPANDED, C, K, STRIDE>,
    }
}

network! {
    /// As [`MBConv`] with an expansion of C to 6 · C channels, added to its input.
    pub struct MBConvResidual<const C: usize, const K: usize = 3> {
        Residual<[_: MBConv<{ 6 * C }, C, K>]>,
    }
}

network! {
    /// [`EfficientNetLite0`] without its head.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[1280, H / 32, W / 32\], rounded up
    pub struct EfficientNetLite0Features {
        conv_stem: Conv2d<.., 32, 3, stride = 2, padding = Same, bias = false>,
        bn0: BatchNorm2d<eps = 0.001, momentum = 0.01>, ReLU6,
        blocks: [
            SeparableConv<32, 16>,
            MBConv<96, 24, STRIDE = 2>, MBConvResidual<24>,
            MBConv<144, 40, 5, STRIDE = 2>, MBConvResidual<40, 5>,
            MBConv<240, 80, STRIDE = 2>, MBConvResidual<80>, MBConvResidual<80>,
            MBConv<480, 112, 5>, MBConvResidual<112, 5>, MBConvResidual<112, 5>,
            MBConv<672, 192, 5, STRIDE = 2>, MBConvResidual<192, 5>, MBConvResidual<192, 5>, MBConvResidual<192, 5>,
            MBConv<1152, 320>,
        ],
        conv_head: Conv2d<.., 1280, 1, bias = false>, bn1: BatchNorm2d<eps = 0.001, momentum = 0.01>, ReLU6,
    }
}

network! {
    /// EfficientNet-Lite0: the smallest EfficientNet, without the operations that are slow on mobile devices.
    ///
    /// Training doesn't drop blocks (`drop_connect`).
    ///
    /// # Shapes
    /// \[3, H, W\] → \[CLASSES\], of any size; designed for 224 × 224
    ///
    /// # Parameters
    /// 4,652,008 with 1,000 classes
    ///
    /// Source: Tan and Le, [*EfficientNet*](https://arxiv.org/abs/1905.11946), 2019;
    /// [EfficientNet-Lite](https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite), 2020.
    pub struct EfficientNetLite0<const CLASSES: usize = 1000> {
        _: EfficientNetLite0Features, GlobalAvgPool2d, Dropout<0.2>, fc: Linear<.., CLASSES>,
    }
}
