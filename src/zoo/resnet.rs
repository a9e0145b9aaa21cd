//! ResNet with 18, 34, 50 and 101 weight layers, with the layers of torchvision's: the parameters have the same names
//! and shapes.

use crate::prelude::*;

network! {
    /// Two 3×3 convolutions with a shortcut, which has parameters only if the shape changes.
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
    /// A 3×3 convolution of C channels between two 1×1 convolutions, the last of 4 · C channels, with a shortcut. The
    /// 3×3 convolution has the stride, as in torchvision; in the paper, the first one has it.
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
    /// The first layers of all ResNets.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[64, H / 4, W / 4\]
    pub struct Stem {
        conv1: Conv2d<.., 64, 7, stride = 2, padding = 3, bias = false>, bn1: BatchNorm2d, ReLU,
        MaxPool2d<3, stride = 2, padding = 1>,
    }
}

network! {
    /// [`ResNet18`] without its head.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[512, H / 32, W / 32\]
    pub struct ResNet18Features {
        _: Stem,
        layer1: [BasicBlock<64>, BasicBlock<64>],
        layer2: [BasicBlock<128, STRIDE = 2>, BasicBlock<128>],
        layer3: [BasicBlock<256, STRIDE = 2>, BasicBlock<256>],
        layer4: [BasicBlock<512, STRIDE = 2>, BasicBlock<512>],
    }
}

network! {
    /// ResNet with 18 weight layers.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[CLASSES\], of any size; designed for 224 × 224
    ///
    /// # Parameters
    /// 11,689,512 with 1,000 classes
    ///
    /// Source: He et al., [*Deep Residual Learning for Image Recognition*](https://arxiv.org/abs/1512.03385), 2015.
    pub struct ResNet18<const CLASSES: usize = 1000> { _: ResNet18Features, GlobalAvgPool2d, fc: Linear<.., CLASSES> }
}

network! {
    /// [`ResNet34`] without its head.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[512, H / 32, W / 32\]
    pub struct ResNet34Features {
        _: Stem,
        layer1: [BasicBlock<64>, BasicBlock<64>, BasicBlock<64>],
        layer2: [BasicBlock<128, STRIDE = 2>, BasicBlock<128>, BasicBlock<128>, BasicBlock<128>],
        layer3: [
            BasicBlock<256, STRIDE = 2>, BasicBlock<256>, BasicBlock<256>, BasicBlock<256>, BasicBlock<256>,
            BasicBlock<256>,
        ],
        layer4: [BasicBlock<512, STRIDE = 2>, BasicBlock<512>, BasicBlock<512>],
    }
}

network! {
    /// ResNet with 34 weight layers.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[CLASSES\], of any size; designed for 224 × 224
    ///
    /// # Parameters
    /// 21,797,672 with 1,000 classes
    ///
    /// Source: He et al., [*Deep Residual Learning for Image Recognition*](https://arxiv.org/abs/1512.03385), 2015.
    pub struct ResNet34<const CLASSES: usize = 1000> { _: ResNet34Features, GlobalAvgPool2d, fc: Linear<.., CLASSES> }
}

network! {
    /// [`ResNet50`] without its head.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[2048, H / 32, W / 32\]
    pub struct ResNet50Features {
        _: Stem,
        layer1: [Bottleneck<64>, Bottleneck<64>, Bottleneck<64>],
        layer2: [Bottleneck<128, STRIDE = 2>, Bottleneck<128>, Bottleneck<128>, Bottleneck<128>],
        layer3: [
            Bottleneck<256, STRIDE = 2>, Bottleneck<256>, Bottleneck<256>, Bottleneck<256>, Bottleneck<256>,
            Bottleneck<256>,
        ],
        layer4: [Bottleneck<512, STRIDE = 2>, Bottleneck<512>, Bottleneck<512>],
    }
}

network! {
    /// ResNet with 50 weight layers.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[CLASSES\], of any size; designed for 224 × 224
    ///
    /// # Parameters
    /// 25,557,032 with 1,000 classes
    ///
    /// Source: He et al., [*Deep Residual Learning for Image Recognition*](https://arxiv.org/abs/1512.03385), 2015.
    pub struct ResNet50<const CLASSES: usize = 1000> { _: ResNet50Features, GlobalAvgPool2d, fc: Linear<.., CLASSES> }
}

network! {
    /// [`ResNet101`] without its head.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[2048, H / 32, W / 32\]
    pub struct ResNet101Features {
        _: Stem,
        layer1: [Bottleneck<64>, Bottleneck<64>, Bottleneck<64>],
        layer2: [Bottleneck<128, STRIDE = 2>, Bottleneck<128>, Bottleneck<128>, Bottleneck<128>],
        layer3: [
            Bottleneck<256, STRIDE = 2>, Bottleneck<256>, Bottleneck<256>, Bottleneck<256>, Bottleneck<256>,
            Bottleneck<256>, Bottleneck<256>, Bottleneck<256>, Bottleneck<256>, Bottleneck<256>, Bottleneck<256>,
            Bottleneck<256>, Bottleneck<256>, Bottleneck<256>, Bottleneck<256>, Bottleneck<256>, Bottleneck<256>,
            Bottleneck<256>, Bottleneck<256>, Bottleneck<256>, Bottleneck<256>, Bottleneck<256>, Bottleneck<256>,
        ],
        layer4: [Bottleneck<512, STRIDE = 2>, Bottleneck<512>, Bottleneck<512>],
    }
}

network! {
    /// ResNet with 101 weight layers.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[CLASSES\], of any size; designed for 224 × 224
    ///
    /// # Parameters
    /// 44,549,160 with 1,000 classes
    ///
    /// Source: He et al., [*Deep Residual Learning for Image Recognition*](https://arxiv.org/abs/1512.03385), 2015.
    pub struct ResNet101<const CLASSES: usize = 1000> { _: ResNet101Features, GlobalAvgPool2d, fc: Linear<.., CLASSES> }
}
