//! U-Net: the paper's layers, with padding that keeps the size and with batch normalization.
//!
//! Each `Skip` holds all that lies below it, and joins its input to what comes up again.

use shapewright::prelude::*;

network! {
    /// Two 3×3 convolutions.
    pub struct DoubleConv<const C: usize> {
        conv1: Conv2d<.., C, 3, padding = 1, bias = false>, bn1: BatchNorm2d, ReLU,
        conv2: Conv2d<.., C, 3, padding = 1, bias = false>, bn2: BatchNorm2d, ReLU,
    }
}

network! {
    /// Tells for each pixel which of two things it belongs to.
    pub struct UNet: Input<3, 128, 128> {
        down1: DoubleConv<64>,
        Skip<[
            MaxPool2d<2>, down2: DoubleConv<128>,
            Skip<[
                MaxPool2d<2>, down3: DoubleConv<256>,
                Skip<[
                    MaxPool2d<2>, down4: DoubleConv<512>,
                    Skip<[
                        MaxPool2d<2>, bottom: DoubleConv<1024>,
                        enlarge4: ConvTranspose2d<.., 512, 2, stride = 2>,
                    ]>,
                    up4: DoubleConv<512>, enlarge3: ConvTranspose2d<.., 256, 2, stride = 2>,
                ]>,
                up3: DoubleConv<256>, enlarge2: ConvTranspose2d<.., 128, 2, stride = 2>,
            ]>,
            up2: DoubleConv<128>, enlarge1: ConvTranspose2d<.., 64, 2, stride = 2>,
        ]>,
        up1: DoubleConv<64>,
        out: Conv2d<.., 2, 1>,
    }
}

// As many as the same in PyTorch has, `unet()` in tests/golden/architectures.py.
const _: () = assert!(UNet::PARAMS == 31_037_698);
