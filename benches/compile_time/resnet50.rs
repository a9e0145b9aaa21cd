//! ResNet-50, layer by layer as torchvision's `resnet50()`: the same parameters under the same names.

use shapewright::prelude::*;

network! {
    /// A 3×3 convolution of few channels between two of 1×1, beside a shortcut.
    pub struct Bottleneck<const C: usize, const STRIDE: usize = 1> {
        Residual<
            [
                conv1: Conv2d<.., C, 1, bias = false>, bn1: BatchNorm2d, ReLU,
                conv2: Conv2d<.., C, 3, stride = STRIDE, padding = 1, bias = false>, bn2: BatchNorm2d, ReLU,
                conv3: Conv2d<.., { 4 * C }, 1, bias = false>, bn3: BatchNorm2d,
            ],
            shortcut = [downsample: [Conv2d<.., { 4 * C }, 1, stride = STRIDE, bias = false>, BatchNorm2d]],
        >,
        ReLU,
    }
}

network! {
    /// Tells 1,000 kinds of things apart.
    pub struct ResNet50: Input<3, 224, 224> {
        conv1: Conv2d<.., 64, 7, stride = 2, padding = 3, bias = false>, bn1: BatchNorm2d, ReLU,
        MaxPool2d<3, stride = 2, padding = 1>,
        layer1: [Bottleneck<64>, Bottleneck<64>, Bottleneck<64>],
        layer2: [Bottleneck<128, STRIDE = 2>, Bottleneck<128>, Bottleneck<128>, Bottleneck<128>],
        layer3: [
            Bottleneck<256, STRIDE = 2>, Bottleneck<256>, Bottleneck<256>,
            Bottleneck<256>, Bottleneck<256>, Bottleneck<256>,
        ],
        layer4: [Bottleneck<512, STRIDE = 2>, Bottleneck<512>, Bottleneck<512>],
        GlobalAvgPool2d,
        fc: Linear<.., 1000>,
    }
}

// As many as `torchvision.models.resnet50()` has.
const _: () = assert!(ResNet50::PARAMS == 25_557_032);
