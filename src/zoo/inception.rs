//! Inception v3 with the layers of torchvision's `inception_v3`: the parameters have the same names and shapes.

// The names are torchvision's.
#![allow(non_snake_case)]

use super::TransformInput;
use crate::prelude::*;

network! {
    /// A convolution with batch normalization and ReLU.
    pub struct BasicConv2d<
        const C: usize, const HEIGHT: usize, const WIDTH: usize,
        const STRIDE: usize = 1, const TOP: usize = 0, const LEFT: usize = 0,
    > {
        conv: Conv2d<.., C, (HEIGHT, WIDTH), stride = STRIDE, padding = (TOP, LEFT), bias = false>,
        bn: BatchNorm2d<eps = 0.001>, ReLU,
    }
}

network! {
    /// Branches with a 5×5 convolution and with two 3×3 convolutions.
    pub struct InceptionA<const POOLED: usize> {
        Concat<
            [branch1x1: BasicConv2d<64, 1, 1>],
            [branch5x5_1: BasicConv2d<48, 1, 1>, branch5x5_2: BasicConv2d<64, 5, 5, TOP = 2, LEFT = 2>],
            [
                branch3x3dbl_1: BasicConv2d<64, 1, 1>,
                branch3x3dbl_2: BasicConv2d<96, 3, 3, TOP = 1, LEFT = 1>,
                branch3x3dbl_3: BasicConv2d<96, 3, 3, TOP = 1, LEFT = 1>,
            ],
            [AvgPool2d<3, stride = 1, padding = 1>, branch_pool: BasicConv2d<POOLED, 1, 1>],
        >,
    }
}

network! {
    /// Halves height and width.
    pub struct InceptionB {
        Concat<
            [branch3x3: BasicConv2d<384, 3, 3, STRIDE = 2>],
            [
                branch3x3dbl_1: BasicConv2d<64, 1, 1>,
                branch3x3dbl_2: BasicConv2d<96, 3, 3, TOP = 1, LEFT = 1>,
                branch3x3dbl_3: BasicConv2d<96, 3, 3, STRIDE = 2>,
            ],
            [MaxPool2d<3, stride = 2>],
        >,
    }
}

network! {
    /// Branches with one and two 7×7 convolutions, each factorized into 1×7 and 7×1.
    pub struct InceptionC<const C7: usize> {
        Concat<
            [branch1x1: BasicConv2d<192, 1, 1>],
            [
                branch7x7_1: BasicConv2d<C7, 1, 1>,
                branch7x7_2: BasicConv2d<C7, 1, 7, LEFT = 3>,
                branch7x7_3: BasicConv2d<192, 7, 1, TOP = 3>,
            ],
            [
                branch7x7dbl_1: BasicConv2d<C7, 1, 1>,
                branch7x7dbl_2: BasicConv2d<C7, 7, 1, TOP = 3>,
                branch7x7dbl_3: BasicConv2d<C7, 1, 7, LEFT = 3>,
                branch7x7dbl_4: BasicConv2d<C7, 7, 1, TOP = 3>,
                branch7x7dbl_5: BasicConv2d<192, 1, 7, LEFT = 3>,
            ],
            [AvgPool2d<3, stride = 1, padding = 1>, branch_pool: BasicConv2d<192, 1, 1>],
        >,
    }
}

network! {
    /// Halves height and width.
    pub struct InceptionD {
        Concat<
            [branch3x3_1: BasicConv2d<192, 1, 1>, branch3x3_2: BasicConv2d<320, 3, 3, STRIDE = 2>],
            [
                branch7x7x3_1: BasicConv2d<192, 1, 1>,
                branch7x7x3_2: BasicConv2d<192, 1, 7, LEFT = 3>,
                branch7x7x3_3: BasicConv2d<192, 7, 1, TOP = 3>,
                branch7x7x3_4: BasicConv2d<192, 3, 3, STRIDE = 2>,
            ],
            [MaxPool2d<3, stride = 2>],
        >,
    }
}

network! {
    /// Branches that end in a 1×3 and a 3×1 convolution side by side.
    pub struct InceptionE {
        Concat<
            [branch1x1: BasicConv2d<320, 1, 1>],
            [
                branch3x3_1: BasicConv2d<384, 1, 1>,
                Concat<
                    [branch3x3_2a: BasicConv2d<384, 1, 3, LEFT = 1>],
                    [branch3x3_2b: BasicConv2d<384, 3, 1, TOP = 1>],
                >,
            ],
            [
                branch3x3dbl_1: BasicConv2d<448, 1, 1>,
                branch3x3dbl_2: BasicConv2d<384, 3, 3, TOP = 1, LEFT = 1>,
                Concat<
                    [branch3x3dbl_3a: BasicConv2d<384, 1, 3, LEFT = 1>],
                    [branch3x3dbl_3b: BasicConv2d<384, 3, 1, TOP = 1>],
                >,
            ],
            [AvgPool2d<3, stride = 1, padding = 1>, branch_pool: BasicConv2d<192, 1, 1>],
        >,
    }
}

network! {
    /// The auxiliary head for training: it classifies the features after two thirds of the network.
    ///
    /// # Shapes
    /// \[768, 17, 17\] → \[CLASSES\]; not smaller
    pub struct InceptionAux<const CLASSES: usize = 1000> {
        AvgPool2d<5, stride = 3>, conv0: BasicConv2d<128, 1, 1>, conv1: BasicConv2d<768, 5, 5>,
        GlobalAvgPool2d, fc: Linear<.., CLASSES>,
    }
}

network! {
    /// The first two thirds of [`InceptionV3`].
    ///
    /// # Shapes
    /// \[3, 299, 299\] → \[768, 17, 17\]
    pub struct InceptionV3Trunk<const TRANSFORM_INPUT: bool = false> {
        If<TRANSFORM_INPUT, then = [TransformInput]>,
        Conv2d_1a_3x3: BasicConv2d<32, 3, 3, STRIDE = 2>,
        Conv2d_2a_3x3: BasicConv2d<32, 3, 3>,
        Conv2d_2b_3x3: BasicConv2d<64, 3, 3, TOP = 1, LEFT = 1>,
        MaxPool2d<3, stride = 2>,
        Conv2d_3b_1x1: BasicConv2d<80, 1, 1>,
        Conv2d_4a_3x3: BasicConv2d<192, 3, 3>,
        MaxPool2d<3, stride = 2>,
        Mixed_5b: InceptionA<32>, Mixed_5c: InceptionA<64>, Mixed_5d: InceptionA<64>,
        Mixed_6a: InceptionB,
        Mixed_6b: InceptionC<128>, Mixed_6c: InceptionC<160>, Mixed_6d: InceptionC<160>, Mixed_6e: InceptionC<192>,
    }
}

network! {
    /// The last third of [`InceptionV3`].
    ///
    /// # Shapes
    /// \[768, 17, 17\] → \[2048, 8, 8\]
    pub struct InceptionV3Top { Mixed_7a: InceptionD, Mixed_7b: InceptionE, Mixed_7c: InceptionE }
}

network! {
    /// [`InceptionV3`] without its head.
    ///
    /// # Shapes
    /// \[3, 299, 299\] → \[2048, 8, 8\]; at least 75 × 75
    pub struct InceptionV3Features<const TRANSFORM_INPUT: bool = false> {
        _: InceptionV3Trunk<TRANSFORM_INPUT>, _: InceptionV3Top,
    }
}

network! {
    /// Inception v3, without the auxiliary head.
    ///
    /// `TRANSFORM_INPUT = true` is for torchvision's pretrained weights: see [`TransformInput`].
    ///
    /// # Shapes
    /// \[3, 299, 299\] → \[CLASSES\]; at least 75 × 75
    ///
    /// # Parameters
    /// 23,834,568 with 1,000 classes
    ///
    /// Source: Szegedy et al., [*Rethinking the Inception Architecture for Computer
    /// Vision*](https://arxiv.org/abs/1512.00567), 2015.
    pub struct InceptionV3<const CLASSES: usize = 1000, const TRANSFORM_INPUT: bool = false> {
        _: InceptionV3Features<TRANSFORM_INPUT>, GlobalAvgPool2d, Dropout<0.5>, fc: Linear<.., CLASSES>,
    }
}

network! {
    /// As [`InceptionV3`], with the auxiliary head, whose loss is added to the network's loss in training, for example
    /// with a weight of 0.4. Both outputs are computed in evaluation too.
    ///
    /// # Shapes
    /// \[3, 299, 299\] → (\[CLASSES\], \[CLASSES\]), the auxiliary head's output last; not smaller
    ///
    /// # Parameters
    /// 27,161,264 with 1,000 classes
    pub struct InceptionV3WithAux<const CLASSES: usize = 1000, const TRANSFORM_INPUT: bool = false> {
        _: InceptionV3Trunk<TRANSFORM_INPUT>,
        Split<
            [_: InceptionV3Top, GlobalAvgPool2d, Dropout<0.5>, fc: Linear<.., CLASSES>],
            [AuxLogits: InceptionAux<CLASSES>],
        >,
    }
}
