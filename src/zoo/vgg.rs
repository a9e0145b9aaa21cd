//! VGG with 11, 13, 16 and 19 weight layers, with and without batch normalization, with the layers of torchvision's
//! `vgg11` to `vgg19_bn`: the parameters have the same names and shapes.

use crate::prelude::*;

network! {
    /// The classifier of all VGGs.
    ///
    /// # Shapes
    /// \[512, 7, 7\], flattened → \[CLASSES\]
    pub struct VGGClassifier<const CLASSES: usize = 1000> {
        Linear<.., 4096>, ReLU, Dropout<0.5>,
        Linear<.., 4096>, ReLU, Dropout<0.5>,
        Linear<.., CLASSES>,
    }
}

network! {
    /// The convolutions of [`VGG11`].
    ///
    /// # Shapes
    /// \[3, H, W\] → \[512, H / 32, W / 32\]
    pub struct VGG11Features {
        Conv2d<.., 64, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 128, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 256, 3, padding = 1>, ReLU, Conv2d<.., 256, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, ReLU, Conv2d<.., 512, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, ReLU, Conv2d<.., 512, 3, padding = 1>, ReLU, MaxPool2d<2>,
    }
}

network! {
    /// VGG with 11 weight layers.
    ///
    /// # Shapes
    /// \[3, 224, 224\] → \[CLASSES\]; at least 32 × 32
    ///
    /// # Parameters
    /// 132,863,336 with 1,000 classes
    ///
    /// Source: Simonyan and Zisserman, [*Very Deep Convolutional Networks for Large-Scale Image
    /// Recognition*](https://arxiv.org/abs/1409.1556), 2014.
    pub struct VGG11<const CLASSES: usize = 1000> {
        features: VGG11Features, AdaptiveAvgPool2d<7>, Flatten, classifier: VGGClassifier<CLASSES>,
    }
}

network! {
    /// The convolutions of [`VGG13`].
    ///
    /// # Shapes
    /// \[3, H, W\] → \[512, H / 32, W / 32\]
    pub struct VGG13Features {
        Conv2d<.., 64, 3, padding = 1>, ReLU, Conv2d<.., 64, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 128, 3, padding = 1>, ReLU, Conv2d<.., 128, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 256, 3, padding = 1>, ReLU, Conv2d<.., 256, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, ReLU, Conv2d<.., 512, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, ReLU, Conv2d<.., 512, 3, padding = 1>, ReLU, MaxPool2d<2>,
    }
}

network! {
    /// VGG with 13 weight layers.
    ///
    /// # Shapes
    /// \[3, 224, 224\] → \[CLASSES\]; at least 32 × 32
    ///
    /// # Parameters
    /// 133,047,848 with 1,000 classes
    ///
    /// Source: Simonyan and Zisserman, [*Very Deep Convolutional Networks for Large-Scale Image
    /// Recognition*](https://arxiv.org/abs/1409.1556), 2014.
    pub struct VGG13<const CLASSES: usize = 1000> {
        features: VGG13Features, AdaptiveAvgPool2d<7>, Flatten, classifier: VGGClassifier<CLASSES>,
    }
}

network! {
    /// The convolutions of [`VGG16`].
    ///
    /// # Shapes
    /// \[3, H, W\] → \[512, H / 32, W / 32\]
    pub struct VGG16Features {
        Conv2d<.., 64, 3, padding = 1>, ReLU, Conv2d<.., 64, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 128, 3, padding = 1>, ReLU, Conv2d<.., 128, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 256, 3, padding = 1>, ReLU, Conv2d<.., 256, 3, padding = 1>, ReLU,
        Conv2d<.., 256, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, ReLU, Conv2d<.., 512, 3, padding = 1>, ReLU,
        Conv2d<.., 512, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, ReLU, Conv2d<.., 512, 3, padding = 1>, ReLU,
        Conv2d<.., 512, 3, padding = 1>, ReLU, MaxPool2d<2>,
    }
}

network! {
    /// VGG with 16 weight layers.
    ///
    /// # Shapes
    /// \[3, 224, 224\] → \[CLASSES\]; at least 32 × 32
    ///
    /// # Parameters
    /// 138,357,544 with 1,000 classes
    ///
    /// Source: Simonyan and Zisserman, [*Very Deep Convolutional Networks for Large-Scale Image
    /// Recognition*](https://arxiv.org/abs/1409.1556), 2014.
    pub struct VGG16<const CLASSES: usize = 1000> {
        features: VGG16Features, AdaptiveAvgPool2d<7>, Flatten, classifier: VGGClassifier<CLASSES>,
    }
}

network! {
    /// The convolutions of [`VGG19`].
    ///
    /// # Shapes
    /// \[3, H, W\] → \[512, H / 32, W / 32\]
    pub struct VGG19Features {
        Conv2d<.., 64, 3, padding = 1>, ReLU, Conv2d<.., 64, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 128, 3, padding = 1>, ReLU, Conv2d<.., 128, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 256, 3, padding = 1>, ReLU, Conv2d<.., 256, 3, padding = 1>, ReLU,
        Conv2d<.., 256, 3, padding = 1>, ReLU, Conv2d<.., 256, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, ReLU, Conv2d<.., 512, 3, padding = 1>, ReLU,
        Conv2d<.., 512, 3, padding = 1>, ReLU, Conv2d<.., 512, 3, padding = 1>, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, ReLU, Conv2d<.., 512, 3, padding = 1>, ReLU,
        Conv2d<.., 512, 3, padding = 1>, ReLU, Conv2d<.., 512, 3, padding = 1>, ReLU, MaxPool2d<2>,
    }
}

network! {
    /// VGG with 19 weight layers.
    ///
    /// # Shapes
    /// \[3, 224, 224\] → \[CLASSES\]; at least 32 × 32
    ///
    /// # Parameters
    /// 143,667,240 with 1,000 classes
    ///
    /// Source: Simonyan and Zisserman, [*Very Deep Convolutional Networks for Large-Scale Image
    /// Recognition*](https://arxiv.org/abs/1409.1556), 2014.
    pub struct VGG19<const CLASSES: usize = 1000> {
        features: VGG19Features, AdaptiveAvgPool2d<7>, Flatten, classifier: VGGClassifier<CLASSES>,
    }
}

network! {
    /// The convolutions of [`VGG11Bn`].
    ///
    /// # Shapes
    /// \[3, H, W\] → \[512, H / 32, W / 32\]
    pub struct VGG11BnFeatures {
        Conv2d<.., 64, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 128, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 256, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 256, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
    }
}

network! {
    /// VGG with 11 weight layers and batch normalization.
    ///
    /// # Shapes
    /// \[3, 224, 224\] → \[CLASSES\]; at least 32 × 32
    ///
    /// # Parameters
    /// 132,868,840 with 1,000 classes
    ///
    /// Source: Simonyan and Zisserman, [*Very Deep Convolutional Networks for Large-Scale Image
    /// Recognition*](https://arxiv.org/abs/1409.1556), 2014.
    pub struct VGG11Bn<const CLASSES: usize = 1000> {
        features: VGG11BnFeatures, AdaptiveAvgPool2d<7>, Flatten, classifier: VGGClassifier<CLASSES>,
    }
}

network! {
    /// The convolutions of [`VGG13Bn`].
    ///
    /// # Shapes
    /// \[3, H, W\] → \[512, H / 32, W / 32\]
    pub struct VGG13BnFeatures {
        Conv2d<.., 64, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 64, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 128, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 128, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 256, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 256, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
    }
}

network! {
    /// VGG with 13 weight layers and batch normalization.
    ///
    /// # Shapes
    /// \[3, 224, 224\] → \[CLASSES\]; at least 32 × 32
    ///
    /// # Parameters
    /// 133,053,736 with 1,000 classes
    ///
    /// Source: Simonyan and Zisserman, [*Very Deep Convolutional Networks for Large-Scale Image
    /// Recognition*](https://arxiv.org/abs/1409.1556), 2014.
    pub struct VGG13Bn<const CLASSES: usize = 1000> {
        features: VGG13BnFeatures, AdaptiveAvgPool2d<7>, Flatten, classifier: VGGClassifier<CLASSES>,
    }
}

network! {
    /// The convolutions of [`VGG16Bn`].
    ///
    /// # Shapes
    /// \[3, H, W\] → \[512, H / 32, W / 32\]
    pub struct VGG16BnFeatures {
        Conv2d<.., 64, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 64, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 128, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 128, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 256, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 256, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 256, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
    }
}

network! {
    /// VGG with 16 weight layers and batch normalization.
    ///
    /// # Shapes
    /// \[3, 224, 224\] → \[CLASSES\]; at least 32 × 32
    ///
    /// # Parameters
    /// 138,365,992 with 1,000 classes
    ///
    /// Source: Simonyan and Zisserman, [*Very Deep Convolutional Networks for Large-Scale Image
    /// Recognition*](https://arxiv.org/abs/1409.1556), 2014.
    pub struct VGG16Bn<const CLASSES: usize = 1000> {
        features: VGG16BnFeatures, AdaptiveAvgPool2d<7>, Flatten, classifier: VGGClassifier<CLASSES>,
    }
}

network! {
    /// The convolutions of [`VGG19Bn`].
    ///
    /// # Shapes
    /// \[3, H, W\] → \[512, H / 32, W / 32\]
    pub struct VGG19BnFeatures {
        Conv2d<.., 64, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 64, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 128, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 128, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 256, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 256, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 256, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 256, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU,
        Conv2d<.., 512, 3, padding = 1>, BatchNorm2d, ReLU, MaxPool2d<2>,
    }
}

network! {
    /// VGG with 19 weight layers and batch normalization.
    ///
    /// # Shapes
    /// \[3, 224, 224\] → \[CLASSES\]; at least 32 × 32
    ///
    /// # Parameters
    /// 143,678,248 with 1,000 classes
    ///
    /// Source: Simonyan and Zisserman, [*Very Deep Convolutional Networks for Large-Scale Image
    /// Recognition*](https://arxiv.org/abs/1409.1556), 2014.
    pub struct VGG19Bn<const CLASSES: usize = 1000> {
        features: VGG19BnFeatures, AdaptiveAvgPool2d<7>, Flatten, classifier: VGGClassifier<CLASSES>,
    }
}
