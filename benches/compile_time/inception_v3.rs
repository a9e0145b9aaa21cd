//! Inception v3, layer by layer as torchvision's `inception_v3(aux_logits=False)`: the same parameters under the same
//! names.

use shapewright::prelude::*;

network! {
    /// A convolution, normalized.
    pub struct BasicConv2d<
        const C: usize, const HEIGHT: usize, const WIDTH: usize,
        const STRIDE: usize = 1, const TOP: usize = 0, const LEFT: usize = 0,
    > {
        conv: Conv2d<.., C, (HEIGHT, WIDTH), stride = STRIDE, padding = (TOP, LEFT), bias = false>,
        bn: BatchNorm2d<eps = 0.001>, ReLU,
    }
}

network! {
    /// 5×5, and 3×3 twice.
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
    /// Halves the size.
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
    /// 7×7 as a row and a column, once and twice.
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
    /// Halves the size again.
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
    /// 3×3 as a row beside a column.
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
    /// Tells 1,000 kinds of things apart.
    #[allow(non_snake_case)]
    pub struct InceptionV3: Input<3, 299, 299> {
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
        Mixed_7a: InceptionD,
        Mixed_7b: InceptionE, Mixed_7c: InceptionE,
        GlobalAvgPool2d, Dropout<0.5>,
        fc: Linear<.., 1000>,
    }
}

// As many as `torchvision.models.inception_v3(aux_logits=False)` has.
const _: () = assert!(InceptionV3::PARAMS == 23_834_568);
