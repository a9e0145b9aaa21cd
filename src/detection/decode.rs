//! Decoding a detector's outputs into detections.

use super::{Anchors, BoxCoder, Xyxy, batched_nms};
use dfdx::shapes::{Const, Dim, Dtype, HasShape};
use dfdx::tensor::Tensor;
use dfdx::tensor_ops::Device;

/// A detected object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Its class, counted from 0; the background isn't one.
    pub class: usize,
    /// The confidence of the detector, from 0 to 1.
    pub score: f32,
    /// Its bounding box, clipped to the image.
    pub bounds: Xyxy,
}

/// Makes detections from scores and offsets: softmax, decoding of the boxes, and [`batched_nms`].
///
/// The defaults are those of torchvision's SSD, except for the score threshold.
///
/// Source: [`torchvision.models.detection.SSD`](https://pytorch.org/vision/stable/models/ssd.html).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decoder {
    /// How offsets are decoded.
    pub coder: BoxCoder,
    /// Detections have a score above this, 0.05 by default.
    pub score_threshold: f32,
    /// Two detections of a class have an IoU of at most this, 0.45 by default.
    pub nms_threshold: f32,
    /// How many boxes of a class are considered, the best first: 400 by default.
    pub topk_candidates: usize,
    /// The maximum number of detections in an image, 200 by default.
    pub detections_per_image: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Decoder {
            coder: BoxCoder::default(),
            score_threshold: 0.05,
            nms_threshold: 0.45,
            topk_candidates: 400,
            detections_per_image: 200,
        }
    }
}

const IMAGE: Xyxy = Xyxy { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 };

impl Decoder {
    /// The detections in each image of a batch, the best score first.
    ///
    /// # Shapes
    /// scores (B, N, K): the background and K − 1 classes; offsets (B, N, 4)
    ///
    /// # Panics
    /// If scores and offsets have different batch sizes.
    pub fn decode<B: Dim, const N: usize, const K: usize, E: Dtype, D: Device<E>>(
        &self,
        scores: &Tensor<(B, Const<N>, Const<K>), E, D>,
        offsets: &Tensor<(B, Const<N>, Const<4>), E, D>,
        anchors: &Anchors<N>,
    ) -> Vec<Vec<Detection>> {
        let batch = scores.shape().0.size();
        assert_eq!(batch, offsets.shape().0.size(), "scores and offsets are those of one batch");
        if batch * N * K == 0 {
            return vec![Vec::new(); batch];
        }
        let (scores, offsets) = (floats(scores.as_vec()), floats(offsets.as_vec()));
        let images = scores.chunks_exact(N * K).zip(offsets.chunks_exact(N * 4));
        images.map(|(scores, offsets)| self.image::<N, K>(scores, offsets, anchors)).collect()
    }

    fn image<const N: usize, const K: usize>(
        &self,
        scores: &[f32],
        offsets: &[f32],
        anchors: &Anchors<N>,
    ) -> Vec<Detection> {
        let probabilities: Vec<f32> = scores.chunks_exact(K).flat_map(softmax).collect();
        let mut found = Vec::new();
        for class in 1..K {
            let score = |anchor: usize| probabilities[anchor * K + class];
            let mut candidates: Vec<usize> = (0..N).filter(|&anchor| score(anchor) > self.score_threshold).collect();
            candidates.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
            candidates.truncate(self.topk_candidates);
            found.extend(candidates.into_iter().map(|anchor| {
                let offsets = std::array::from_fn(|number| offsets[anchor * 4 + number]);
                let bounds = self.coder.decode(offsets, anchors.boxes()[anchor]).clipped(&IMAGE);
                Detection { class: class - 1, score: score(anchor), bounds }
            }));
        }
        let boxes: Vec<Xyxy> = found.iter().map(|detection| detection.bounds).collect();
        let scores: Vec<f32> = found.iter().map(|detection| detection.score).collect();
        let classes: Vec<usize> = found.iter().map(|detection| detection.class).collect();
        let kept = batched_nms(&boxes, &scores, &classes, self.nms_threshold);
        kept.into_iter().take(self.detections_per_image).map(|index| found[index]).collect()
    }
}

pub(super) fn floats<E: Dtype>(numbers: Vec<E>) -> Vec<f32> {
    numbers.into_iter().map(|number| number.to_f32().unwrap_or(f32::NAN)).collect()
}

fn softmax(logits: &[f32]) -> impl Iterator<Item = f32> {
    let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f32 = logits.iter().map(|logit| (logit - greatest).exp()).sum();
    logits.iter().map(move |logit| (logit - greatest).exp() / total)
}

#[cfg(test)]
mod tests {
    use super::super::Cxcywh;
    use super::*;
    use dfdx::prelude::*;

    const LEFT: Cxcywh = Cxcywh { cx: 0.25, cy: 0.5, w: 0.5, h: 1.0 };
    const RIGHT: Cxcywh = Cxcywh { cx: 0.75, cy: 0.5, w: 0.5, h: 1.0 };

    #[test]
    fn detections_by_hand() {
        let anchors = Anchors::from_boxes([LEFT, LEFT, RIGHT]);
        let dev = AutoDevice::default();
        let ln = |share: f32| share.ln();
        // Two of class 0 at the same place, the second with the higher score; on the right, one of class 1 that reaches
        // beyond the image.
        let scores: Tensor<Rank3<1, 3, 3>, f32, _> =
            dev.tensor([[[ln(0.3), ln(0.69), ln(0.01)], [ln(0.1), ln(0.89), ln(0.01)], [ln(0.4), ln(0.04), ln(0.56)]]]);
        let offsets: Tensor<Rank3<1, 3, 4>, f32, _> = dev.tensor([[[0.0; 4], [0.0; 4], [5.0, 0.0, 0.0, 0.0]]]);
        let found = Decoder::default().decode(&scores, &offsets, &anchors);
        let expected = [(0, 0.89, Xyxy::from(LEFT)), (1, 0.56, Xyxy { x1: 0.75, y1: 0.0, x2: 1.0, y2: 1.0 })];
        assert_eq!(found[0].len(), expected.len(), "{found:?}");
        for (found, (class, score, bounds)) in found[0].iter().zip(expected) {
            assert_eq!(found.class, class);
            assert!((found.score - score).abs() < 1e-6 && found.bounds.iou(&bounds) > 0.9999, "{found:?}");
        }
        let few = Decoder { detections_per_image: 1, ..Default::default() };
        assert_eq!(few.decode(&scores, &offsets, &anchors)[0].len(), 1);
    }

    #[test]
    fn what_is_no_number_is_not_found() {
        let dev = AutoDevice::default();
        let scores: Tensor<Rank3<1, 1, 2>, f32, _> = dev.tensor([[[f32::NAN, 1.0]]]);
        let found = Decoder::default().decode(&scores, &dev.zeros(), &Anchors::from_boxes([LEFT]));
        assert_eq!(found, [vec![]]);
    }

    #[test]
    fn no_images_no_detections() {
        let dev = AutoDevice::default();
        let scores: Tensor<(usize, Const<1>, Const<2>), f32, _> = dev.zeros_like(&(0, Const, Const));
        let offsets = dev.zeros_like(&(0, Const, Const));
        assert!(Decoder::default().decode(&scores, &offsets, &Anchors::from_boxes([LEFT])).is_empty());
    }
}
