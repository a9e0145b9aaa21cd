//! One detection for each thing.

use super::Xyxy;

/// Non-maximum suppression: which boxes to keep, the best score first, so that no two of them have an
/// [IoU](Xyxy::iou) above `threshold`.
///
/// Of equal scores the first counts as the better one. What has no score, `NaN`, is not kept.
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

/// As [`nms`], but boxes suppress those of their own class only.
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

    /// A unit square so far to the right.
    fn at(x1: f32) -> Xyxy {
        Xyxy { x1, y1: 0.0, x2: x1 + 1.0, y2: 1.0 }
    }

    #[test]
    fn what_is_suppressed_suppresses_nothing() {
        // IoU of neighbours 0.6 shares: 0.4 / 1.6 = 0.25.
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
}
