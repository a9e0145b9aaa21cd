//! Non-maximum suppression.

use super::Xyxy;

/// Non-maximum suppression: the indices of the boxes to keep, the best score first, so that no two of them have an
/// [IoU](Xyxy::iou) above `threshold`.
///
/// Of equal scores, the first counts as the better one. A box whose score is `NaN` is not kept.
///
/// ```
/// use shapewright::detection::{Xyxy, nms};
/// let at = |x1| Xyxy { x1, y1: 0.0, x2: x1 + 1.0, y2: 1.0 };
/// assert_eq!(nms(&[at(0.0), at(0.1), at(5.0)], &[0.8, 0.9, 0.3], 0.5), [1, 2]);
/// ```
///
/// # Panics
/// If there isn't one score for each box.
///
/// Source: [`torchvision.ops.nms`](https://pytorch.org/vision/stable/generated/torchvision.ops.nms.html).
pub fn nms(boxes: &[Xyxy], scores: &[f32], threshold: f32) -> Vec<usize> {
    batched_nms(boxes, scores, &vec![0; boxes.len()], threshold)
}

/// As [`nms`], but a box suppresses only boxes of its own class.
///
/// # Panics
/// If there isn't one score and one class for each box.
///
/// Source: [`torchvision.ops.batched_nms`](https://pytorch.org/vision/stable/generated/torchvision.ops.batched_nms.html).
pub fn batched_nms(boxes: &[Xyxy], scores: &[f32], classes: &[usize], threshold: f32) -> Vec<usize> {
    assert_eq!(boxes.len(), scores.len(), "there must be one score for each box");
    assert_eq!(boxes.len(), classes.len(), "there must be one class for each box");
    let mut order: Vec<usize> = (0..boxes.len()).filter(|&index| !scores[index].is_nan()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a])); // stable: of equals the first stays first
    let mut kept: Vec<usize> = Vec::new();
    for candidate in order {
        let is_another = |&better: &usize| {
            classes[better] != classes[candidate] || boxes[better].iou(&boxes[candidate]) <= threshold
        };
        if kept.iter().all(is_another) {
            kept.push(candidate);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A unit square whose left edge is at `x1`.
    fn at(x1: f32) -> Xyxy {
        Xyxy { x1, y1: 0.0, x2: x1 + 1.0, y2: 1.0 }
    }

    #[test]
    fn what_is_suppressed_suppresses_nothing() {
        // Neighbours are shifted by 0.6, so their IoU is 0.4 / 1.6 = 0.25.
        let boxes = [at(0.0), at(0.6), at(1.2)];
        assert_eq!(nms(&boxes, &[0.9, 0.8, 0.7], 0.2), [0, 2]);
        assert_eq!(nms(&boxes, &[0.9, 0.8, 0.7], 0.3), [0, 1, 2]);
    }

    #[test]
    fn the_threshold_itself_suppresses_nothing() {
        let boxes = [at(0.0), Xyxy { x1: 0.0, y1: 0.0, x2: 1.0, y2: 0.5 }];
        assert_eq!(boxes[0].iou(&boxes[1]), 0.5);
        assert_eq!(nms(&boxes, &[0.9, 0.8], 0.5), [0, 1]);
        assert_eq!(nms(&boxes, &[0.9, 0.8], 0.49), [0]);
    }

    #[test]
    fn other_classes_stay() {
        let boxes = [at(0.0), at(0.0), at(0.1)];
        assert_eq!(batched_nms(&boxes, &[0.5, 0.9, 0.6], &[3, 7, 3], 0.5), [1, 2]);
    }

    #[test]
    fn nothing_ties_and_no_numbers() {
        assert!(nms(&[], &[], 0.5).is_empty());
        assert_eq!(nms(&[at(0.0), at(0.0), at(9.0)], &[0.5; 3], 0.5), [0, 2], "the first of equals");
        assert_eq!(nms(&[at(0.0), at(0.0)], &[f32::NAN, 0.1], 0.5), [1], "no score");
        let point = Xyxy { x1: 0.5, y1: 0.5, x2: 0.5, y2: 0.5 };
        assert_eq!(nms(&[point, point, at(0.0)], &[0.9, 0.8, 0.7], 0.5), [0, 1, 2], "no area");
        let no_number = Xyxy { x1: f32::NAN, ..at(0.0) };
        assert_eq!(nms(&[no_number, at(0.0)], &[0.9, 0.8], 0.0), [0, 1]);
    }

    /// Fourteen random boxes, and the ones that torchvision 0.29 keeps.
    #[test]
    fn what_is_kept_is_what_torchvision_keeps() {
        let corners = [
            [15, 12, 21, 22],
            [1, 6, 8, 14],
            [3, 7, 11, 18],
            [7, 19, 16, 23],
            [8, 1, 12, 12],
            [18, 11, 27, 15],
            [8, 17, 15, 26],
            [2, 10, 6, 16],
            [6, 12, 10, 17],
            [3, 18, 13, 28],
            [16, 0, 24, 10],
            [15, 11, 20, 22],
            [8, 8, 15, 15],
            [3, 7, 7, 14],
        ];
        let boxes = corners.map(|corners| corners.map(|corner| corner as f32));
        let boxes = boxes.map(|[x1, y1, x2, y2]| Xyxy { x1, y1, x2, y2 });
        let scores = [0.27, 0.5, 0.74, 0.72, 0.44, 0.56, 0.64, 0.11, 0.33, 0.52, 0.21, 0.28, 0.67, 0.79];
        let classes = [2, 2, 2, 2, 2, 1, 0, 2, 2, 1, 1, 1, 1, 2];
        assert_eq!(nms(&boxes, &scores, 0.1), [13, 3, 12, 5, 8, 11, 10]);
        // One IoU is exactly 0.3. That isn't above 0.3, but torchvision compares an `f32` with an `f64` here.
        assert_eq!(nms(&boxes, &scores, 0.29), [13, 3, 12, 5, 9, 4, 8, 11, 10]);
        assert_eq!(nms(&boxes, &scores, 0.31), [13, 3, 12, 5, 9, 4, 8, 11, 10, 7]);
        assert_eq!(nms(&boxes, &scores, 0.5), [13, 2, 3, 12, 6, 5, 9, 1, 4, 8, 11, 10, 7]);
        assert_eq!(batched_nms(&boxes, &scores, &classes, 0.1), [13, 3, 12, 6, 5, 9, 4, 8, 11, 0, 10]);
        assert_eq!(batched_nms(&boxes, &scores, &classes, 0.5), [13, 2, 3, 12, 6, 5, 9, 1, 4, 8, 11, 0, 10, 7]);
        let overlaps = [(3, 0.032258064), (5, 0.10344828), (11, 0.7692308), (6, 0.0)];
        assert!(overlaps.iter().all(|&(index, iou)| (boxes[0].iou(&boxes[index]) - iou).abs() < 1e-7));
    }
}
