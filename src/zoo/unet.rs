//! U-Net: the paper's layers, with padding that keeps the size and with batch normalization.
//!
//! Each level holds all that lies below it. Its `Skip` joins what comes from above to what comes up again.

use crate::prelude::*;

network! {
    /// Two 3×3 convolutions.
    pub struct DoubleConv<const C: usize> {
        conv1: Conv2d<.., C, 3, padding = 1, bias = false>, bn1: BatchNorm2d, ReLU,
        conv2: Conv2d<.., C, 3, padding = 1, bias = false>, bn2: BatchNorm2d, ReLU,
    }
}

network! {
    /// An eighth of the size, and the bottom.
    pub struct UNetLevel4<const C: usize> {
        down4: DoubleConv<C>,
        Skip<[MaxPool2d<2>, bottom: DoubleConv<{ 2 * C }>, enlarge4: ConvTranspose2d<.., C, 2, stride = 2>]>,
        up4: DoubleConv<C>,
    }
}

network! {
    /// A quarter of the size, and all below.
    pub struct UNetLevel3<const C: usize> {
        down3: DoubleConv<C>,
        Skip<[MaxPool2d<2>, _: UNetLevel4<{ 2 * C }>, enlarge3: ConvTranspose2d<.., C, 2, stride = 2>]>,
        up3: DoubleConv<C>,
    }
}

network! {
    /// Half the size, and all below.
    pub struct UNetLevel2<const C: usize> {
        down2: DoubleConv<C>,
        Skip<[MaxPool2d<2>, _: UNetLevel3<{ 2 * C }>, enlarge2: ConvTranspose2d<.., C, 2, stride = 2>]>,
        up2: DoubleConv<C>,
    }
}

network! {
    /// All of [`UNet`] but its head.
    ///
    /// # Shapes
    /// \[channels, H, W\] → \[C, H, W\]; 16 divides H and W
    pub struct UNetFeatures<const C: usize = 64> {
        down1: DoubleConv<C>,
        Skip<[MaxPool2d<2>, _: UNetLevel2<{ 2 * C }>, enlarge1: ConvTranspose2d<.., C, 2, stride = 2>]>,
        up1: DoubleConv<C>,
    }
}

network! {
    /// U-Net, which tells for each pixel which of CLASSES things it belongs to. `C` is how many channels it has at the
    /// top; below, it has twice as many at each of four levels.
    ///
    /// # Shapes
    /// \[channels, H, W\] → \[CLASSES, H, W\]; 16 divides H and W
    ///
    /// # Parameters
    /// 31,037,698 with 2 classes, for images of 3 channels
    ///
    /// Source: Ronneberger et al., [*U-Net*](https://arxiv.org/abs/1505.04597), 2015.
    pub struct UNet<const CLASSES: usize = 2, const C: usize = 64> {
        _: UNetFeatures<C>, out: Conv2d<.., CLASSES, 1>,
    }
}
