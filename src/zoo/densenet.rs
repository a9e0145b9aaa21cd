//! DenseNet with the layers of torchvision's `densenet121`: the parameters have the same names and shapes.
//!
//! Each dense layer concatenates 32 new channels to its input. So the layers of a block have different shapes, and a
//! block is a list of layers that begins with a smaller block.

use crate::prelude::*;

network! {
    /// Computes 32 channels from all input channels, and concatenates them to the input.
    pub struct DenseLayer {
        Skip<[
            norm1: BatchNorm2d, ReLU, conv1: Conv2d<.., 128, 1, bias = false>,
            norm2: BatchNorm2d, ReLU, conv2: Conv2d<.., 32, 3, padding = 1, bias = false>,
        ]>,
    }
}

network! {
    /// Halves height and width, and projects to C channels.
    pub struct Transition<const C: usize> {
        norm: BatchNorm2d, ReLU, conv: Conv2d<.., C, 1, bias = false>, AvgPool2d<2>,
    }
}

network! {
    /// 6 dense layers.
    pub struct DenseBlock6 {
        denselayer1: DenseLayer, denselayer2: DenseLayer, denselayer3: DenseLayer, denselayer4: DenseLayer,
        denselayer5: DenseLayer, denselayer6: DenseLayer,
    }
}

network! {
    /// 12 dense layers.
    pub struct DenseBlock12 {
        _: DenseBlock6,
        denselayer7: DenseLayer, denselayer8: DenseLayer, denselayer9: DenseLayer, denselayer10: DenseLayer,
        denselayer11: DenseLayer, denselayer12: DenseLayer,
    }
}

network! {
    /// 16 dense layers.
    pub struct DenseBlock16 {
        _: DenseBlock12,
        denselayer13: DenseLayer, denselayer14: DenseLayer, denselayer15: DenseLayer, denselayer16: DenseLayer,
    }
}

network! {
    /// 24 dense layers.
    pub struct DenseBlock24 {
        _: DenseBlock16,
        denselayer17: DenseLayer, denselayer18: DenseLayer, denselayer19: DenseLayer, denselayer20: DenseLayer,
        denselayer21: DenseLayer, denselayer22: DenseLayer, denselayer23: DenseLayer, denselayer24: DenseLayer,
    }
}

network! {
    /// [`DenseNet121`] without its head.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[1024, H / 32, W / 32\]
    pub struct DenseNet121Features {
        conv0: Conv2d<.., 64, 7, stride = 2, padding = 3, bias = false>, norm0: BatchNorm2d, ReLU,
        MaxPool2d<3, stride = 2, padding = 1>,
        denseblock1: DenseBlock6, transition1: Transition<128>,
        denseblock2: DenseBlock12, transition2: Transition<256>,
        denseblock3: DenseBlock24, transition3: Transition<512>,
        denseblock4: DenseBlock16, norm5: BatchNorm2d,
    }
}

network! {
    /// DenseNet with 121 weight layers.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[CLASSES\], at least 29 × 29; designed for 224 × 224
    ///
    /// # Parameters
    /// 7,978,856 with 1,000 classes
    ///
    /// Source: Huang et al., [*Densely Connected Convolutional Networks*](https://arxiv.org/abs/1608.06993), 2016.
    pub struct DenseNet121<const CLASSES: usize = 1000> {
        features: DenseNet121Features, ReLU, GlobalAvgPool2d, classifier: Linear<.., CLASSES>,
    }
}
