//! AlexNet with the layers of torchvision's `alexnet`: the parameters have the same names and shapes.

use crate::prelude::*;

network! {
    /// The convolutions of [`AlexNet`].
    ///
    /// # Shapes
    /// \[3, 224, 224\] → \[256, 6, 6\]; at least 63 × 63
    pub struct AlexNetFeatures {
        Conv2d<.., 64, 11, stride = 4, padding = 2>, ReLU, MaxPool2d<3, stride = 2>,
        Conv2d<.., 192, 5, padding = 2>, ReLU, MaxPool2d<3, stride = 2>,
        Conv2d<.., 384, 3, padding = 1>, ReLU,
        Conv2d<.., 256, 3, padding = 1>, ReLU,
        Conv2d<.., 256, 3, padding = 1>, ReLU, MaxPool2d<3, stride = 2>,
    }
}

network! {
    /// AlexNet for a single device, like torchvision's: without local response normalization.
    ///
    /// # Shapes
    /// \[3, 224, 224\] → \[CLASSES\]; at least 63 × 63
    ///
    /// # Parameters
    /// 61,100,840 with 1,000 classes
    ///
    /// Source: Krizhevsky, [*One weird trick for parallelizing convolutional neural
    /// networks*](https://arxiv.org/abs/1404.5997), 2014.
    pub struct AlexNet<const CLASSES: usize = 1000> {
        features: AlexNetFeatures,
        AdaptiveAvgPool2d<6>, Flatten,
        classifier: [
            Dropout<0.5>, Linear<.., 4096>, ReLU,
            Dropout<0.5>, Linear<.., 4096>, ReLU,
            Linear<.., CLASSES>,
        ],
    }
}
