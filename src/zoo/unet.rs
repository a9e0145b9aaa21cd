//! U-Net: the paper's layers, with padding that keeps the size and with batch normalization.
//!
//! Each level contains the levels below it. Its `Skip` concatenates the input of the level below to its output.

use crate::prelude::*;

network! {
    /// Two 3×3 convolutions with batch normalization and ReLU.
    pub struct DoubleConv<const C: usize> {
        conv1: Conv2d<.., C, 3, padding = 1, bias = false>, bn1: BatchNorm2d, ReLU,
        conv2: Conv2d<.., C, 3, padding = 1, bias = false>, bn2: BatchNorm2d, ReLU,
    }
}

network! {
    /// The level at an eighth of the size, and the bottom.
    pub struct UNetLevel4<const C: usize> {
        down4: DoubleConv<C>,
        Skip<[MaxPool2d<2>, bottom: DoubleConv<{ 2 * C }>, enlarge4: ConvTranspose2d<.., C, 2, stride = 2>]>,
        up4: DoubleConv<C>,
    }
}

network! {
    /// The level at a quarter of the size, and those below it.
    pub struct UNetLevel3<const C: usize> {
        down3: DoubleConv<C>,
        Skip<[MaxPool2d<2>, _: UNetLevel4<{ 2 * C }>, enlarge3: ConvTranspose2d<.., C, 2, stride = 2>]>,
        up3: DoubleConv<C>,
    }
}

network! {
    /// The level at half the size, and those below it.
    pub struct UNetLevel2<const C: usize> {
        down2: DoubleConv<C>,
        Skip<[MaxPool2d<2>, _: UNetLevel3<{ 2 * C }>, enlarge2: ConvTranspose2d<.., C, 2, stride = 2>]>,
        up2: DoubleConv<C>,
    }
}

network! {
    /// [`UNet`] without its head.
    ///
    /// # Shapes
    /// \[channels, H, W\] → \[C, H, W\]; H and W are divisible by 16
    pub struct UNetFeatures<const C: usize = 64> {
        down1: DoubleConv<C>,
        Skip<[MaxPool2d<2>, _: UNetLevel2<{ 2 * C }>, enlarge1: ConvTranspose2d<.., C, 2, stride = 2>]>,
        up1: DoubleConv<C>,
    }
}

network! {
    /// U-Net, which predicts for each pixel one of CLASSES classes. `C` is the number of channels at the top level; it
    /// doubles at each of the four levels below.
    ///
    /// # Shapes
    /// \[channels, H, W\] → \[CLASSES, H, W\]; H and W are divisible by 16
    ///
    /// # Parameters
    /// 31,037,698 with 2 classes, for images of 3 channels
    ///
    /// Source: Ronneberger et al., [*U-Net*](https://arxiv.org/abs/1505.04597), 2015.
    pub struct UNet<const CLASSES: usize = 2, const C: usize = 64> {
        _: UNetFeatures<C>, out: Conv2d<.., CLASSES, 1>,
    }
}
