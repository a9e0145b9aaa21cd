//! Cross-entropy in one pass over the logits, forwards and backwards.

use super::CrossEntropyGeometry;
use crate::ops::Element;
use crate::ops::parallel::for_each_chunk;
use crate::ops::softmax::log_sum_exp;

/// How many elementary steps an exponential takes, about.
const EXPONENTIAL: usize = 8;

/// The mean cross-entropy.
pub(super) fn forward<E: Element>(geometry: &CrossEntropyGeometry, logits: &[E], labels: &[usize]) -> E {
    let CrossEntropyGeometry { batch, classes } = *geometry;
    assert_eq!(logits.len(), batch * classes, "the logits don't fit {geometry:?}");
    assert_eq!(labels.len(), batch, "the labels don't fit {geometry:?}");
    let mut losses = vec![E::zero(); batch];
    for_each_chunk(
        &mut losses,
        1,
        classes * EXPONENTIAL,
        || (),
        |(), example, loss| {
            let (logits, label) = (&logits[example * classes..][..classes], labels[example]);
            assert!(
                label < classes,
                "label {label} at position {example} is out of range: there are {classes} classes"
            );
            let (greatest, logarithm) = log_sum_exp(logits.iter().copied());
            loss[0] = logarithm - (logits[label] - greatest);
        },
    );
    losses.iter().fold(E::zero(), |total, &loss| total + loss) / E::of(batch as f64)
}

/// Adds to the gradient of the logits: softmax, less one at the label, over the size of the batch.
pub(super) fn logits_gradient<E: Element>(
    geometry: &CrossEntropyGeometry,
    logits: &[E],
    labels: &[usize],
    upstream: E,
    gradient: &mut [E],
) {
    let CrossEntropyGeometry { batch, classes } = *geometry;
    let factor = upstream / E::of(batch as f64);
    for_each_chunk(
        gradient,
        classes,
        classes * EXPONENTIAL,
        || (),
        |(), example, gradient| {
            let logits = &logits[example * classes..][..classes];
            let (greatest, logarithm) = log_sum_exp(logits.iter().copied());
            for (gradient, &logit) in gradient.iter_mut().zip(logits) {
                *gradient += factor * (logit - greatest - logarithm).exp();
            }
            gradient[labels[example]] -= factor;
        },
    );
}
