//! A small single-shot detector.

use crate::detection::AnchorGrid;
use crate::prelude::*;

network! {
    /// A 3×3 convolution with batch normalization and ReLU.
    pub struct ConvUnit<const C: usize, const STRIDE: usize = 1> {
        conv: Conv2d<.., C, 3, stride = STRIDE, padding = 1, bias = false>, bn: BatchNorm2d, ReLU,
    }
}

network! {
    /// [`SmallSSD`] without its heads, at a quarter of the image's size.
    ///
    /// # Shapes
    /// \[channels, H, W\] → \[4 · C, H / 4, W / 4\]
    pub struct SmallSSDFeatures<const C: usize = 16> {
        unit1: ConvUnit<C, STRIDE = 2>,
        unit2: ConvUnit<{ 2 * C }>, MaxPool2d<2>,
        unit3: ConvUnit<{ 4 * C }>,
        unit4: ConvUnit<{ 4 * C }>,
    }
}

network! {
    /// Detects objects of CLASSES classes at two scales, in one pass over the image: for each of ANCHORS anchors at
    /// each position of two feature maps it returns CLASSES + 1 scores, the background first, and 4 offsets. [`grids`]
    /// returns the feature maps.
    ///
    /// It works like SSD but has other layers: batch normalization, and few channels. A head is one convolution for
    /// both scores and offsets, which is equivalent to two convolutions. There are no pretrained weights.
    ///
    /// # Shapes
    /// \[channels, H, W\] → (\[N, CLASSES + 1\], \[N, 4\]), where N = ANCHORS · (H / 4 · W / 4 + H / 8 · W / 8); H and W
    /// are divisible by 8
    ///
    /// # Parameters
    /// 212,234 with 10 classes, for images of one channel
    ///
    /// # Example
    /// ```
    /// use shapewright::{detection::{Anchors, count}, prelude::*, zoo::{SmallSSD, detector::grids}};
    /// # use shapewright::detection::AnchorGrid;
    /// network! {
    ///     pub struct Digits: Input<1, 64, 64> { _: SmallSSD<10> }
    /// }
    /// const SMALL: [(f32, f32); 3] = [(0.12, 0.28), (0.2, 0.28), (0.28, 0.28)];
    /// const LARGE: [(f32, f32); 3] = [(0.16, 0.4), (0.28, 0.4), (0.4, 0.4)];
    /// const GRIDS: [AnchorGrid; 2] = grids(64, 64, &SMALL, &LARGE);
    /// static ANCHORS: Anchors<{ count(&GRIDS) }> = Anchors::new(&GRIDS);
    /// assert_eq!(Digits::OUTPUT.to_string(), "([960, 11], [960, 4])");
    /// assert_eq!(ANCHORS.boxes().len(), 960);
    /// ```
    ///
    /// Source: Liu et al., [*SSD: Single Shot MultiBox Detector*](https://arxiv.org/abs/1512.02325), 2015.
    pub struct SmallSSD<const CLASSES: usize, const C: usize = 16, const ANCHORS: usize = 3> {
        features: SmallSSDFeatures<C>,
        Concat<
            [small: Conv2d<.., { ANCHORS * (CLASSES + 5) }, 3, padding = 1>, AnchorRows<{ CLASSES + 5 }>],
            [
                MaxPool2d<2>, unit5: ConvUnit<{ 8 * C }>,
                large: Conv2d<.., { ANCHORS * (CLASSES + 5) }, 3, padding = 1>, AnchorRows<{ CLASSES + 5 }>,
            ],
        >,
        Split<[Columns<0, { CLASSES + 1 }>], [Columns<{ CLASSES + 1 }, 4>]>,
    }
}

/// The feature maps of [`SmallSSD`] for images of this size, with the anchor sizes of each. Both lists have ANCHORS
/// sizes, as many as the network has.
pub const fn grids(
    height: usize,
    width: usize,
    small: &'static [(f32, f32)],
    large: &'static [(f32, f32)],
) -> [AnchorGrid; 2] {
    let (rows, columns) = (height.div_ceil(2) / 2, width.div_ceil(2) / 2);
    [
        AnchorGrid { height: rows, width: columns, sizes: small },
        AnchorGrid { height: rows / 2, width: columns / 2, sizes: large },
    ]
}
