//! Object detection: boxes, anchors, the loss of a single-shot detector, and the evaluation of its detections.
//!
//! A detector has *anchors*, boxes of a few sizes at each position of a few feature maps. For each, it predicts the
//! class of the object and the offsets of the object's box. The number of anchors is known at compile time:
//! [`Anchors<N>`](Anchors) are made in a constant, the network returns (B, N, classes + 1) scores and (B, N, 4)
//! offsets, and [`MultiBoxLoss`] takes nothing else.
//!
//! ```
//! use shapewright::{detection::*, prelude::*};
//!
//! const GRIDS: [AnchorGrid; 2] = [
//!     AnchorGrid { height: 4, width: 4, sizes: &[(0.2, 0.2), (0.3, 0.3)] },
//!     AnchorGrid { height: 2, width: 2, sizes: &[(0.5, 0.5), (0.8, 0.8)] },
//! ];
//! static ANCHORS: Anchors<{ count(&GRIDS) }> = Anchors::new(&GRIDS);
//!
//! network! {
//!     /// Tells three things apart, so that 4 + 4 numbers tell about each anchor: one class more is the background.
//!     struct Detector: Input<1, 16, 16> {
//!         conv: Conv2d<.., 8, 3, stride = 4, padding = 1>, ReLU,
//!         Concat<
//!             [fine: Conv2d<.., { 2 * 8 }, 3, padding = 1>, AnchorRows<8>],
//!             [MaxPool2d<2>, coarse: Conv2d<.., { 2 * 8 }, 3, padding = 1>, AnchorRows<8>],
//!         >,
//!         Split<[Columns<0, 4>], [Columns<4, 4>]>,
//!     }
//! }
//!
//! # fn main() -> Result<()> {
//! let dev = Cpu::default();
//! let mut detector = Detector::build(&dev)?;
//! let images: Tensor<Rank4<2, 1, 16, 16>, f32, Cpu> = dev.sample_normal();
//!
//! // Learning: the second image shows nothing.
//! let truth = [vec![Truth { class: 2, bounds: Xyxy { x1: 0.1, y1: 0.2, x2: 0.4, y2: 0.5 } }], vec![]];
//! let (scores, offsets) = detector.try_train(images.leaky_trace())?;
//! let loss = MultiBoxLoss::default().try_forward(scores, offsets, &ANCHORS, &truth)?;
//! let gradients = loss.try_backward()?;
//!
//! // Finding, and how well: the mean over classes of the average precision.
//! let (scores, offsets) = detector.try_forward(images)?;
//! let found: Vec<Vec<Detection>> = Decoder::default().decode(&scores, &offsets, &ANCHORS);
//! let precision = average_precision(&found, &truth, 0.5)?.mean();
//! # Ok(())
//! # }
//! ```
//!
//! Boxes may be in any unit; here they are in fractions of the image, from 0 to 1.
//!
//! | | |
//! |---|---|
//! | [`Xyxy`], [`Cxcywh`] | boxes given by their corners, and by their centres |
//! | [`Anchors`], [`BoxCoder`] | the anchors, and the encoding of boxes as offsets from them |
//! | [`Matcher`], [`MultiBoxLoss`] | the targets for each anchor, and the loss |
//! | [`nms`], [`batched_nms`], [`Decoder`] | decoding of outputs into detections, one for each object |
//! | [`average_precision`], [`coco_precision`] | evaluation |
//!
//! Source: Liu et al., [*SSD: Single Shot MultiBox Detector*](https://arxiv.org/abs/1512.02325), 2015.

mod anchors;
mod boxes;
mod coder;
mod decode;
mod loss;
mod matcher;
mod nms;
mod precision;

pub use anchors::{AnchorGrid, Anchors, count};
pub use boxes::{Cxcywh, Xyxy};
pub use coder::BoxCoder;
pub use decode::{Decoder, Detection};
pub use loss::MultiBoxLoss;
pub use matcher::{Matcher, Truth};
pub use nms::{batched_nms, nms};
pub use precision::{AveragePrecision, average_precision, coco_precision};
