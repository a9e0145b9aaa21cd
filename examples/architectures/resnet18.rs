//! ResNet-18, layer by layer as torchvision's `resnet18()`: the same parameters under the same names.

use shapewright::prelude::*;

network! {
    /// Two 3×3 convolutions beside a shortcut, which has parameters only where the shape changes.
    pub struct BasicBlock<const C: usize, const STRIDE: usize = 1> {
        Residual<
            [
                conv1: Conv2d<.., C, 3, stride = STRIDE, padding = 1, bias = false>, bn1: BatchNorm2d, ReLU,
                conv2: Conv2d<.., C, 3, padding = 1, bias = false>, bn2: BatchNorm2d,
            ],
            shortcut = [downsample: [Conv2d<.., C, 1, stride = STRIDE, bias = false>, BatchNorm2d]],
        >,
        ReLU,
    }
}

network! {
    /// Tells 1,000 kinds of things apart.
    pub struct ResNet18: Input<3, 224, 224> {
        conv1: Conv2d<.., 64, 7, stride = 2, padding = 3, bias = false>, bn1: BatchNorm2d, ReLU,
        MaxPool2d<3, stride = 2, padding = 1>,
        layer1: [BasicBlock<64>] * 2,
        layer2: [BasicBlock<128, STRIDE = 2>, BasicBlock<128>],
        layer3: [BasicBlock<256, STRIDE = 2>, BasicBlock<256>],
        layer4: [BasicBlock<512, STRIDE = 2>, BasicBlock<512>],
        GlobalAvgPool2d,
        fc: Linear<.., 1000>,
    }
}

// As many as `torchvision.models.resnet18()` has.
const _: () = assert!(ResNet18::PARAMS == 11_689_512);
