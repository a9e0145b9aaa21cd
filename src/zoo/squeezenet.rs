//! SqueezeNet with the layers of torchvision's `squeezenet1_0` and `squeezenet1_1`: the parameters have the same names
//! and shapes.

use crate::prelude::*;

network! {
    /// Reduces the channels to SQUEEZED, and expands them to 2 · C.
    pub struct Fire<const SQUEEZED: usize, const C: usize> {
        squeeze: Conv2d<.., SQUEEZED, 1>, ReLU,
        Concat<[expand1x1: Conv2d<.., C, 1>, ReLU], [expand3x3: Conv2d<.., C, 3, padding = 1>, ReLU]>,
    }
}

network! {
    /// [`SqueezeNet1_0`] without its head.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[512, H / 16 − 1, W / 16 − 1\]
    pub struct SqueezeNet1_0Features {
        Conv2d<.., 96, 7, stride = 2>, ReLU, MaxPool2d<3, stride = 2, ceil_mode = true>,
        Fire<16, 64>, Fire<16, 64>, Fire<32, 128>, MaxPool2d<3, stride = 2, ceil_mode = true>,
        Fire<32, 128>, Fire<48, 192>, Fire<48, 192>, Fire<64, 256>, MaxPool2d<3, stride = 2, ceil_mode = true>,
        Fire<64, 256>,
    }
}

network! {
    /// SqueezeNet as in the paper: as accurate as AlexNet with a fiftieth of its parameters.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[CLASSES\], at least 17 × 17; designed for 224 × 224
    ///
    /// # Parameters
    /// 1,248,424 with 1,000 classes
    ///
    /// Source: Iandola et al., [*SqueezeNet*](https://arxiv.org/abs/1602.07360), 2016.
    pub struct SqueezeNet1_0<const CLASSES: usize = 1000> {
        features: SqueezeNet1_0Features,
        classifier: [Dropout<0.5>, Conv2d<.., CLASSES, 1>, ReLU, GlobalAvgPool2d],
    }
}

network! {
    /// [`SqueezeNet1_1`] without its head.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[512, H / 16 − 1, W / 16 − 1\]
    pub struct SqueezeNet1_1Features {
        Conv2d<.., 64, 3, stride = 2>, ReLU, MaxPool2d<3, stride = 2, ceil_mode = true>,
        Fire<16, 64>, Fire<16, 64>, MaxPool2d<3, stride = 2, ceil_mode = true>,
        Fire<32, 128>, Fire<32, 128>, MaxPool2d<3, stride = 2, ceil_mode = true>,
        Fire<48, 192>, Fire<48, 192>, Fire<64, 256>, Fire<64, 256>,
    }
}

network! {
    /// The authors' improved SqueezeNet: as accurate as [`SqueezeNet1_0`], with less than half of the computation.
    ///
    /// # Shapes
    /// \[3, H, W\] → \[CLASSES\], at least 17 × 17; designed for 224 × 224
    ///
    /// # Parameters
    /// 1,235,496 with 1,000 classes
    ///
    /// Source: Iandola et al., [*SqueezeNet*](https://arxiv.org/abs/1602.07360), 2016, and
    /// [version 1.1](https://github.com/forresti/SqueezeNet/tree/master/SqueezeNet_v1.1).
    pub struct SqueezeNet1_1<const CLASSES: usize = 1000> {
        features: SqueezeNet1_1Features,
        classifier: [Dropout<0.5>, Conv2d<.., CLASSES, 1>, ReLU, GlobalAvgPool2d],
    }
}
