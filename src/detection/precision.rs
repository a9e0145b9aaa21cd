//! Average precision of detections.

use super::{Detection, Truth};
use crate::error::{Error, Result};
use std::cmp::Ordering;

/// How many detections of a class count in an image, the best first; COCO's value.
const MOST: usize = 100;

/// The average precision of each class.
#[derive(Clone, Debug, PartialEq)]
pub struct AveragePrecision {
    of_classes: Vec<Option<f64>>,
}

impl AveragePrecision {
    /// The average precision of each class, from 0 to 1; `None` for a class that occurs in no image.
    pub fn of_classes(&self) -> &[Option<f64>] {
        &self.of_classes
    }

    /// The mean over the classes that occur, often called mAP; `NaN` if there are none.
    pub fn mean(&self) -> f64 {
        let there: Vec<f64> = self.of_classes.iter().flatten().copied().collect();
        there.iter().sum::<f64>() / there.len() as f64
    }
}

/// The average precision of detections in a list of images, as COCO defines it: the area under the curve of precision
/// over recall, at 101 points.
///
/// Detections of a class are considered in descending order of score, at most 100 in an image. A detection is right if
/// its IoU with an object of its class that is not taken yet is at least `threshold`. It takes the object with the
/// highest IoU, and the last one of equal ones. A detection whose score is `NaN` is not counted. An IoU is computed in
/// double precision, and rounded to `f32` before it is compared with `threshold`: 11 / 20 is at least `0.55`.
///
/// ```
/// use shapewright::detection::{Detection, Truth, Xyxy, average_precision};
/// let bounds = Xyxy { x1: 0.1, y1: 0.1, x2: 0.5, y2: 0.5 };
/// let truth = [vec![Truth { class: 1, bounds }]];
/// let found = [vec![Detection { class: 1, score: 0.8, bounds }]];
/// assert_eq!(average_precision(&found, &truth, 0.5)?.mean(), 1.0);
/// # Ok::<(), shapewright::Error>(())
/// ```
///
/// # Errors
/// [`Error::Count`] if there aren't as many lists of detections as of truth.
///
/// Source: [COCO's metrics](https://cocodataset.org/#detection-eval), without crowds and without a distinction of
/// object sizes.
pub fn average_precision(found: &[Vec<Detection>], truth: &[Vec<Truth>], threshold: f32) -> Result<AveragePrecision> {
    precision(found, truth, |iou| iou as f32 >= threshold)
}

/// The mean of [`average_precision`] over the thresholds 0.5, 0.55, … 0.95 and over all classes: COCO's AP. Threshold
/// and IoU are compared in double precision.
///
/// # Errors
/// Those of [`average_precision`].
pub fn coco_precision(found: &[Vec<Detection>], truth: &[Vec<Truth>]) -> Result<f64> {
    let mut total = 0.0;
    for twentieths in 10..20 {
        let threshold = f64::from(twentieths) / 20.0; // a sum of steps of 0.05 would be off by a rounding error
        total += precision(found, truth, |iou| iou >= threshold)?.mean();
    }
    Ok(total / 10.0)
}

/// The average precision, where `suffices` says whether an IoU is high enough.
fn precision(
    found: &[Vec<Detection>],
    truth: &[Vec<Truth>],
    suffices: impl Fn(f64) -> bool,
) -> Result<AveragePrecision> {
    if found.len() != truth.len() {
        let (left, right) = ("lists of detections", "lists of truth");
        return Err(Error::Count { left, left_count: found.len(), right, right_count: truth.len() });
    }
    let classes = truth.iter().flatten().map(|thing| thing.class + 1).max().unwrap_or(0);
    let of_class = |class| {
        let things = truth.iter().flatten().filter(|thing| thing.class == class).count();
        (things > 0).then(|| area(&judged(found, truth, class, &suffices), things))
    };
    Ok(AveragePrecision { of_classes: (0..classes).map(of_class).collect() })
}

/// Orders by descending score; neither is `NaN`. As for COCO, 0 and -0 are equal.
fn by_score(a: f32, b: f32) -> Ordering {
    b.partial_cmp(&a).unwrap_or(Ordering::Equal)
}

/// Whether each detection of a class is right, over all images, in descending order of score.
fn judged(found: &[Vec<Detection>], truth: &[Vec<Truth>], class: usize, suffices: impl Fn(f64) -> bool) -> Vec<bool> {
    let mut judged: Vec<(f32, bool)> = Vec::new();
    for (found, truth) in found.iter().zip(truth) {
        let mut found: Vec<&Detection> =
            found.iter().filter(|found| found.class == class && !found.score.is_nan()).collect();
        found.sort_by(|a, b| by_score(a.score, b.score));
        let things: Vec<&Truth> = truth.iter().filter(|thing| thing.class == class).collect();
        let mut taken = vec![false; things.len()];
        for detection in found.into_iter().take(MOST) {
            let mut best: Option<(usize, f64)> = None;
            for (index, thing) in things.iter().enumerate().filter(|(index, _)| !taken[*index]) {
                let iou = detection.bounds.exact_iou(&thing.bounds);
                if suffices(iou) && best.is_none_or(|(_, best)| iou >= best) {
                    best = Some((index, iou));
                }
            }
            if let Some((index, _)) = best {
                taken[index] = true;
            }
            judged.push((detection.score, best.is_some()));
        }
    }
    judged.sort_by(|a, b| by_score(a.0, b.0));
    judged.into_iter().map(|(_, right)| right).collect()
}

/// The mean precision at 101 recalls, where the precision at a recall is the highest at that recall or above.
fn area(judged: &[bool], things: usize) -> f64 {
    let mut right = 0;
    let mut curve: Vec<(f64, f64)> = Vec::with_capacity(judged.len()); // recall, precision
    for (index, is_right) in judged.iter().enumerate() {
        right += usize::from(*is_right);
        curve.push((right as f64 / things as f64, right as f64 / (index + 1) as f64));
    }
    for index in (1..curve.len()).rev() {
        curve[index - 1].1 = curve[index - 1].1.max(curve[index].1);
    }
    let at =
        |recall: f64| curve.iter().find(|(reached, _)| *reached >= recall).map_or(0.0, |(_, precision)| *precision);
    (0..=100).map(|percent| at(f64::from(percent) / 100.0)).sum::<f64>() / 101.0
}

#[cfg(test)]
mod tests {
    use super::super::Xyxy;
    use super::*;

    fn at(x1: f32) -> Xyxy {
        Xyxy { x1, y1: 0.0, x2: x1 + 1.0, y2: 1.0 }
    }

    fn thing(class: usize, x: f32) -> Truth {
        Truth { class, bounds: at(x) }
    }

    fn detection(class: usize, score: f32, x: f32) -> Detection {
        Detection { class, score, bounds: at(x) }
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    /// Three objects in two images; the detections are right, wrong, right. Recalls 1/3, 1/3, 2/3, precisions 1, 1/2,
    /// 2/3.
    #[test]
    fn the_area_by_hand() {
        let truth = [vec![thing(0, 0.0), thing(0, 5.0)], vec![thing(0, 0.0)]];
        let found = [vec![detection(0, 0.9, 0.0), detection(0, 0.7, 5.0)], vec![detection(0, 0.8, 3.0)]];
        let precision = average_precision(&found, &truth, 0.5).unwrap();
        // 34 recalls up to 0.33 at precision 1, 33 up to 0.66 at 2/3.
        assert!(close(precision.mean(), (34.0 + 33.0 * 2.0 / 3.0) / 101.0), "{precision:?}");
    }

    #[test]
    fn a_thing_is_found_once() {
        let truth = [vec![thing(0, 0.0)]];
        let twice = [vec![detection(0, 0.9, 0.0), detection(0, 0.8, 0.0)]];
        assert_eq!(average_precision(&twice, &truth, 0.5).unwrap().mean(), 1.0, "the second is wrong, but comes later");
        let wrong_first = [vec![detection(0, 0.9, 4.0), detection(0, 0.8, 0.0)]];
        assert_eq!(average_precision(&wrong_first, &truth, 0.5).unwrap().mean(), 0.5);
        // The detection with the higher score takes the object that fits it best, and leaves the other one.
        let (truth, found) =
            ([vec![thing(0, 0.0), thing(0, 0.4)]], [vec![detection(0, 0.9, 0.3), detection(0, 0.8, 0.0)]]);
        assert_eq!(average_precision(&found, &truth, 0.5).unwrap().mean(), 1.0);
    }

    #[test]
    fn classes_are_counted_apart() {
        let truth = [vec![thing(0, 0.0), thing(2, 5.0)]];
        let found = [vec![detection(2, 0.9, 0.0), detection(2, 0.8, 5.0), detection(7, 1.0, 5.0)]];
        let precision = average_precision(&found, &truth, 0.5).unwrap();
        assert_eq!(precision.of_classes(), [Some(0.0), None, Some(0.5)]);
        assert_eq!(precision.mean(), 0.25);
    }

    #[test]
    fn thresholds_include_their_bounds() {
        let (truth, half) = ([vec![thing(0, 0.0)]], Xyxy { x1: 0.0, y1: 0.0, x2: 1.0, y2: 0.5 });
        let found = [vec![Detection { class: 0, score: 1.0, bounds: half }]];
        assert_eq!(average_precision(&found, &truth, 0.5).unwrap().mean(), 1.0);
        assert_eq!(average_precision(&found, &truth, 0.55).unwrap().mean(), 0.0);
        assert!(close(coco_precision(&found, &truth).unwrap(), 0.1));
    }

    #[test]
    fn nothing_found_and_nothing_there() {
        let (nothing, truth) = ([vec![]], [vec![thing(0, 0.0)]]);
        assert_eq!(average_precision(&nothing, &truth, 0.5).unwrap().mean(), 0.0);
        let found = [vec![detection(0, 0.5, 0.0)]];
        assert!(average_precision(&found, &[vec![]], 0.5).unwrap().mean().is_nan());
        assert!(average_precision(&[], &[], 0.5).unwrap().of_classes().is_empty());
        let unsure = [vec![detection(0, f32::NAN, 0.0)]];
        assert_eq!(average_precision(&unsure, &truth, 0.5).unwrap().mean(), 0.0);
        assert!(matches!(average_precision(&[], &truth, 0.5), Err(Error::Count { left_count: 0, right_count: 1, .. })));
    }

    /// A box whose width is a fraction of another box's: their IoU is exactly this fraction.
    #[test]
    fn an_iou_that_is_a_threshold_is_enough() {
        let whole = Xyxy { x1: 3.0, y1: 0.0, x2: 23.0, y2: 1.0 };
        let truth = [vec![Truth { class: 0, bounds: whole }]];
        for twentieths in 10..20u8 {
            let bounds = Xyxy { x2: 3.0 + f32::from(twentieths), ..whole };
            let found = [vec![Detection { class: 0, score: 1.0, bounds }]];
            let found_from = coco_precision(&found, &truth).unwrap();
            assert!(close(found_from, f64::from(twentieths - 9) / 10.0), "{twentieths} / 20: {found_from}");
            let threshold = f32::from(twentieths) / 20.0;
            assert_eq!(average_precision(&found, &truth, threshold).unwrap().mean(), 1.0, "{threshold}");
            assert_eq!(average_precision(&found, &truth, threshold.next_up()).unwrap().mean(), 0.0, "{threshold}");
        }
        // 0.95 less 2e-8, which is 0.95 in `f32`.
        let whole = Xyxy { x1: 0.0, y1: 0.0, x2: 4000.0, y2: 10000.0 };
        let truth = [vec![Truth { class: 0, bounds: whole }]];
        let part = |y2| [vec![Detection { class: 0, score: 1.0, bounds: Xyxy { y2, ..whole } }]];
        assert!(close(coco_precision(&part(9500.0), &truth).unwrap(), 1.0));
        assert!(close(coco_precision(&part(9500f32.next_down()), &truth).unwrap(), 0.9));
    }

    /// One object is shifted to the left, one equally to the right: the first detection takes the last of them,
    /// whichever it is.
    #[test]
    fn of_things_that_fit_equally_the_last_is_found() {
        let found = [vec![detection(0, 0.9, 0.25), detection(0, 0.8, 0.0)]];
        let left_last = [vec![thing(0, 0.5), thing(0, 0.0)]];
        // The second detection fits only the left object, which is taken: precision 1 up to recall 1/2, then 0.
        assert!(close(average_precision(&found, &left_last, 0.5).unwrap().mean(), 51.0 / 101.0));
        let right_last = [vec![thing(0, 0.0), thing(0, 0.5)]];
        assert_eq!(average_precision(&found, &right_last, 0.5).unwrap().mean(), 1.0);
    }

    /// Random detections with equal scores, objects that fit equally and an IoU at each threshold, compared with
    /// pycocotools.
    #[test]
    fn as_pycocotools() {
        #[derive(serde::Deserialize)]
        struct Case {
            truth: Vec<Vec<[u8; 5]>>,        // class and corners
            found: Vec<Vec<[u8; 6]>>,        // class, eighths of a score and corners
            by_class: Vec<Vec<Option<f64>>>, // at each threshold
            all: f64,
        }
        let corners = |corners: [u8; 4]| {
            let [x1, y1, x2, y2] = corners.map(f32::from);
            Xyxy { x1, y1, x2, y2 }
        };
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/coco.json");
        let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert!(cases.len() >= 60);
        for (number, case) in cases.iter().enumerate() {
            let truths = |image: &Vec<[u8; 5]>| {
                let truth = |&[class, x1, y1, x2, y2]: &[u8; 5]| Truth {
                    class: class.into(),
                    bounds: corners([x1, y1, x2, y2]),
                };
                image.iter().map(truth).collect()
            };
            let detections = |image: &Vec<[u8; 6]>| {
                let detection = |&[class, score, x1, y1, x2, y2]: &[u8; 6]| Detection {
                    class: class.into(),
                    score: f32::from(score) / 8.0,
                    bounds: corners([x1, y1, x2, y2]),
                };
                image.iter().map(detection).collect()
            };
            let truth: Vec<Vec<Truth>> = case.truth.iter().map(truths).collect();
            let found: Vec<Vec<Detection>> = case.found.iter().map(detections).collect();
            for step in 0..10 {
                let threshold = (10 + step) as f32 / 20.0;
                let precision = average_precision(&found, &truth, threshold).unwrap();
                for (class, expected) in case.by_class.iter().enumerate() {
                    let precision = precision.of_classes().get(class).copied().flatten();
                    let agree = match (precision, expected[step]) {
                        (Some(precision), Some(expected)) => close(precision, expected),
                        (precision, expected) => precision == expected,
                    };
                    assert!(agree, "case {number}, class {class}, from {threshold}: {precision:?}, not {expected:?}");
                }
            }
            let all = coco_precision(&found, &truth).unwrap();
            assert!(close(all, case.all), "case {number}: {all} instead of {}", case.all);
        }
    }

    /// Equal scores count in the order of the images.
    #[test]
    fn ties_keep_their_order() {
        let truth = [vec![thing(0, 0.0)], vec![thing(0, 0.0)]];
        let found = [vec![detection(0, 0.5, 0.0)], vec![detection(0, 0.5, 9.0)]];
        // Recall 1/2 at precision 1: 51 of 101 points.
        assert!(close(average_precision(&found, &truth, 0.5).unwrap().mean(), 51.0 / 101.0));
        // 0 and -0 are equal scores: the wrong detection counts first. Recall 1 at precision 1/2.
        let found = [vec![detection(0, -0.0, 9.0), detection(0, 0.0, 0.0)]];
        assert_eq!(average_precision(&found, &truth[..1], 0.5).unwrap().mean(), 0.5);
    }
}
