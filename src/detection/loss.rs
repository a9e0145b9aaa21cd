//! `MultiBoxLoss`.

use super::decode::floats;
use super::{Anchors, BoxCoder, Matcher, Truth};
use crate::error::{Error, Result};
use crate::loss::{Reduction, SmoothL1Loss, number};
use crate::ops::cross_entropy::{CrossEntropyGeometry, Targets};
use crate::ops::{Backend, InputTape};
use dfdx::shapes::{Const, Dim, Dtype, HasShape, Rank0};
use dfdx::tensor::Tensor;
use dfdx::tensor_ops::{TryAdd, TryDiv, TryMul};

/// The loss of a single-shot detector: loss = (Σ cross-entropy of classes + Σ smooth L1 of offsets) / P, where P is the
/// number of anchors that are [matched](Matcher) with an object.
///
/// The offsets of matched anchors alone count. The classes of matched anchors count, and those of the unmatched anchors
/// with the highest loss for "background" (class 0): three in each image for each matched anchor (hard negative
/// mining). Otherwise, background would dominate the loss.
///
/// # Shapes
/// | | |
/// |---|---|
/// | scores | (B, N, K): the background, and K − 1 classes |
/// | offsets | (B, N, 4) |
/// | anchors | N |
/// | truth | B lists of ground-truth objects |
/// | loss | () |
///
/// [The module](super) has an example.
///
/// Source: Liu et al., [*SSD*](https://arxiv.org/abs/1512.02325), section 2.2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultiBoxLoss {
    /// How anchors are matched with objects.
    pub matcher: Matcher,
    /// How offsets are encoded.
    pub coder: BoxCoder,
    /// How many unmatched anchors count for each matched one, 3 by default.
    pub negatives: usize,
}

impl Default for MultiBoxLoss {
    fn default() -> Self {
        MultiBoxLoss { matcher: Matcher::default(), coder: BoxCoder::default(), negatives: 3 }
    }
}

/// The targets of a batch.
struct Lesson {
    classes: Targets,
    /// 1 for the offsets that count, 0 for the others.
    mask: Vec<f64>,
    offsets: Vec<f64>,
}

impl MultiBoxLoss {
    /// The loss of a batch; 0 if no image has an object, as in the paper.
    ///
    /// # Errors
    /// If the number of lists of truth isn't the batch size, if the batch is empty, if a class is out of range, or if
    /// the device fails.
    pub fn try_forward<B: Dim, const N: usize, const K: usize, E: Dtype, D: Backend<E>, T: InputTape<E, D>>(
        &self,
        scores: Tensor<(B, Const<N>, Const<K>), E, D, T>,
        offsets: Tensor<(B, Const<N>, Const<4>), E, D, T>,
        anchors: &Anchors<N>,
        truth: &[Vec<Truth>],
    ) -> Result<Tensor<Rank0, E, D, T>> {
        let batch = scores.shape().0.size();
        let counts = |right, right_count| Error::Count { left: "images", left_count: batch, right, right_count };
        if truth.len() != batch {
            return Err(counts("lists of truth", truth.len()));
        }
        if offsets.shape().0.size() != batch {
            return Err(counts("lists of offsets", offsets.shape().0.size()));
        }
        if batch * N * K == 0 {
            return Err(Error::BatchTooSmall { what: "the loss of a detector", needed: 1, received: batch });
        }
        let lesson = self.lesson(&floats(scores.as_vec()), K, anchors, truth)?;
        let total = number::<E>(lesson.classes.total)?;

        let (device, shape) = (offsets.device().clone(), *offsets.shape());
        let tensor = |values: &[f64]| -> Result<Tensor<(B, Const<N>, Const<4>), E, D>> {
            let mut tensor = device.try_zeros_like(&shape)?;
            tensor.copy_from(&values.iter().map(|&value| number(value)).collect::<Result<Vec<E>>>()?);
            Ok(tensor)
        };
        let offsets = offsets.try_mul(tensor(&lesson.mask)?)?;
        let smooth = SmoothL1Loss::default().reduction(Reduction::Sum);
        let place = smooth.try_forward(offsets, &tensor(&lesson.offsets)?)?.try_div(total)?;

        let geometry = CrossEntropyGeometry { outer: batch * N, classes: K, inner: 1 };
        let class = D::try_cross_entropy(scores, lesson.classes, &geometry)?;
        Ok(class.try_add(place)?)
    }

    /// As [`try_forward`](MultiBoxLoss::try_forward).
    ///
    /// # Panics
    /// If [`try_forward`](MultiBoxLoss::try_forward) returns an error.
    pub fn forward<B: Dim, const N: usize, const K: usize, E: Dtype, D: Backend<E>, T: InputTape<E, D>>(
        &self,
        scores: Tensor<(B, Const<N>, Const<K>), E, D, T>,
        offsets: Tensor<(B, Const<N>, Const<4>), E, D, T>,
        anchors: &Anchors<N>,
        truth: &[Vec<Truth>],
    ) -> Tensor<Rank0, E, D, T> {
        self.try_forward(scores, offsets, anchors, truth).unwrap_or_else(|error| panic!("{error}"))
    }

    fn lesson<const N: usize>(
        &self,
        scores: &[f32],
        classes: usize,
        anchors: &Anchors<N>,
        truth: &[Vec<Truth>],
    ) -> Result<Lesson> {
        let anchors_of_all = truth.len() * N;
        let (mut labels, mut weights) = (vec![0; anchors_of_all], vec![0.0; anchors_of_all]);
        let (mut mask, mut offsets) = (vec![0.0; 4 * anchors_of_all], vec![0.0; 4 * anchors_of_all]);
        let mut total = 0;
        for (image, truth) in truth.iter().enumerate() {
            if let Some(position) = truth.iter().position(|thing| thing.class + 1 >= classes) {
                return Err(Error::Label { label: truth[position].class, position, classes: classes - 1 });
            }
            let (assigned, start) = (self.matcher.assign(anchors, truth), image * N);
            for (anchor, thing) in assigned.iter().enumerate() {
                let Some(thing) = thing.map(|thing| truth[thing]) else { continue };
                labels[start + anchor] = thing.class + 1;
                weights[start + anchor] = 1.0;
                let code = self.coder.encode(thing.bounds, anchors.boxes()[anchor]);
                for (number, offset) in code.into_iter().enumerate() {
                    mask[4 * (start + anchor) + number] = 1.0;
                    offsets[4 * (start + anchor) + number] = f64::from(offset);
                }
            }
            let matched = assigned.iter().flatten().count();
            let of_image = &scores[start * classes..][..N * classes];
            let background = |anchor: usize| background_loss(&of_image[anchor * classes..][..classes]);
            let mut negatives: Vec<(usize, f32)> = (0..N)
                .filter(|&anchor| assigned[anchor].is_none())
                .map(|anchor| (anchor, background(anchor)))
                .collect();
            negatives.sort_by(|a, b| b.1.total_cmp(&a.1)); // the worst first, of equals the first
            for (anchor, _) in negatives.into_iter().take(matched.saturating_mul(self.negatives)) {
                weights[start + anchor] = 1.0;
            }
            total += matched;
        }
        Ok(Lesson { classes: Targets { labels, weights, total: total.max(1) as f64 }, mask, offsets })
    }
}

/// The cross-entropy of the scores with class "background".
fn background_loss(scores: &[f32]) -> f32 {
    let greatest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f32 = scores.iter().map(|score| (score - greatest).exp()).sum();
    greatest + total.ln() - scores[0]
}

#[cfg(test)]
mod tests {
    use super::super::{Cxcywh, Xyxy};
    use super::*;
    use dfdx::prelude::*;

    /// Five squares in a row.
    fn row() -> Anchors<5> {
        Anchors::from_boxes(std::array::from_fn(|x| Cxcywh { cx: 0.1 + 0.2 * x as f32, cy: 0.5, w: 0.2, h: 0.2 }))
    }

    fn thing(class: usize, anchor: usize) -> Truth {
        Truth { class, bounds: row().boxes()[anchor].into() }
    }

    type Scores = Tensor<Rank3<1, 5, 3>, f64, AutoDevice>;
    type Offsets = Tensor<Rank3<1, 5, 4>, f64, AutoDevice>;

    #[test]
    fn the_loss_by_hand() {
        let dev = AutoDevice::default();
        // All scores are equal, except for one anchor with a high score for class 0, which is wrong, and one with a
        // high score for background, which is right.
        let mut scores = [[0.0; 3]; 5];
        (scores[3], scores[4]) = ([0.0, 2.0, 0.0], [5.0, 0.0, 0.0]);
        let scores: Scores = dev.tensor([scores]);
        let mut offsets = [[9.0; 4]; 5];
        offsets[1] = [0.5, 0.0, 0.0, -2.0];
        let offsets: Offsets = dev.tensor([offsets]);
        let loss = MultiBoxLoss { negatives: 2, ..Default::default() };
        let loss = loss.try_forward(scores.leaky_trace(), offsets.leaky_trace(), &row(), &[vec![thing(1, 1)]]).unwrap();
        // The object, the worst background, and the first of two equal ones; the target offsets of the object are 0.
        let worst = (2.0 + 2.0_f64.exp()).ln();
        let expected = 2.0 * 3.0_f64.ln() + worst + 0.125 + 1.5;
        assert!((loss.array() - expected).abs() < 1e-5, "{} instead of {expected}", loss.array());

        let gradients = loss.backward();
        let of_offsets = gradients.get(&offsets).array()[0];
        assert_eq!(of_offsets[0], [0.0; 4], "no thing, no place");
        assert!((of_offsets[1][0] - 0.5).abs() < 1e-5 && (of_offsets[1][3] + 1.0).abs() < 1e-5, "{of_offsets:?}");
        let of_scores = gradients.get(&scores).array()[0];
        assert!((of_scores[1][2] + 2.0 / 3.0).abs() < 1e-9 && (of_scores[0][0] + 2.0 / 3.0).abs() < 1e-9);
        assert_eq!((of_scores[2], of_scores[4]), ([0.0; 3], [0.0; 3]), "easy background doesn't count");
        assert!(of_scores[3][1] > 0.5);
    }

    #[test]
    fn the_gradient_is_that_of_differences() {
        const STEP: f64 = 1e-5;
        let dev = AutoDevice::default();
        let (scores, offsets): (Scores, Offsets) = (dev.sample_normal(), dev.sample_normal());
        let moved = Truth { class: 0, bounds: Xyxy { x1: 0.45, y1: 0.38, x2: 0.62, y2: 0.63 } };
        let truth = [vec![moved, thing(1, 0)]];
        let loss = |scores: &Scores, offsets: &Offsets| {
            MultiBoxLoss::default().forward(scores.leaky_trace(), offsets.leaky_trace(), &row(), &truth)
        };
        let gradients = loss(&scores, &offsets).backward();
        let (of_scores, of_offsets) = (gradients.get(&scores).as_vec(), gradients.get(&offsets).as_vec());
        let step = |by: f64, at: usize, of: Vec<f64>| {
            let mut moved = of;
            moved[at] += by;
            moved
        };
        for (at, gradient) in of_scores.into_iter().enumerate() {
            let at_step = |by| {
                let moved = dev.tensor_from_vec(step(by, at, scores.as_vec()), (Const, Const, Const));
                loss(&moved, &offsets).array()
            };
            let difference = (at_step(STEP) - at_step(-STEP)) / (2.0 * STEP);
            assert!((difference - gradient).abs() < 1e-7, "score {at}: {gradient} for {difference}");
        }
        for (at, gradient) in of_offsets.into_iter().enumerate() {
            let at_step = |by| {
                let moved = dev.tensor_from_vec(step(by, at, offsets.as_vec()), (Const, Const, Const));
                loss(&scores, &moved).array()
            };
            let difference = (at_step(STEP) - at_step(-STEP)) / (2.0 * STEP);
            assert!((difference - gradient).abs() < 1e-7, "offset {at}: {gradient} for {difference}");
        }
    }

    #[test]
    fn images_of_nothing_have_no_loss() {
        let dev = AutoDevice::default();
        let (scores, offsets): (Scores, Offsets) = (dev.sample_normal(), dev.sample_normal());
        let loss = MultiBoxLoss::default().forward(scores.leaky_trace(), offsets.leaky_trace(), &row(), &[vec![]]);
        assert_eq!(loss.array(), 0.0);
        let gradients = loss.backward();
        assert!(gradients.get(&scores).as_vec().iter().chain(&gradients.get(&offsets).as_vec()).all(|x| *x == 0.0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let dev = AutoDevice::default();
        let (scores, offsets): (Scores, Offsets) = (dev.zeros(), dev.zeros());
        let loss = |truth: &[Vec<Truth>]| {
            MultiBoxLoss::default().try_forward(scores.clone(), offsets.clone(), &row(), truth).unwrap_err()
        };
        let error = loss(&[]);
        assert!(matches!(error, Error::Count { left_count: 1, right_count: 0, .. }), "{error}");
        let error = loss(&[vec![thing(0, 0), thing(2, 1)]]);
        assert!(matches!(error, Error::Label { label: 2, position: 1, classes: 2 }), "{error}");
    }
}
