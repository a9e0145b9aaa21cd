//! Cross-entropy in one pass over the logits, forwards and backwards.

use super::{CrossEntropyGeometry, Targets};
use crate::ops::Element;
use crate::ops::parallel::for_each_chunk;
use crate::ops::softmax::log_sum_exp;

/// How many elementary steps an exponential takes, about.
const EXPONENTIAL: usize = 8;

/// The weighed cross-entropy.
pub(super) fn forward<E: Element>(geometry: &CrossEntropyGeometry, logits: &[E], targets: &Targets) -> E {
    let CrossEntropyGeometry { classes, inner, .. } = *geometry;
    let mut losses = vec![E::zero(); geometry.labels()];
    for_each_chunk(
        &mut losses,
        inner,
        inner * classes * EXPONENTIAL,
        || (),
        |(), example, losses| {
            let logits = &logits[example * classes * inner..][..classes * inner];
            for (pixel, loss) in losses.iter_mut().enumerate() {
                let position = example * inner + pixel;
                let weight = targets.weights[position];
                if weight != 0.0 {
                    let scores = logits[pixel..].iter().step_by(inner).copied();
                    let (greatest, logarithm) = log_sum_exp(scores);
                    let score = logits[targets.labels[position] * inner + pixel];
                    *loss = (logarithm - (score - greatest)) * E::of(weight);
                }
            }
        },
    );
    losses.iter().fold(E::zero(), |total, &loss| total + loss) / E::of(targets.total)
}

/// Adds to the gradient of the logits: softmax, less one at the label, weighed.
pub(super) fn logits_gradient<E: Element>(
    geometry: &CrossEntropyGeometry,
    logits: &[E],
    targets: &Targets,
    upstream: E,
    gradient: &mut [E],
) {
    let CrossEntropyGeometry { classes, inner, .. } = *geometry;
    for_each_chunk(
        gradient,
        classes * inner,
        classes * inner * EXPONENTIAL,
        || (),
        |(), example, gradient| {
            let logits = &logits[example * classes * inner..][..classes * inner];
            for pixel in 0..inner {
                let position = example * inner + pixel;
                let weight = targets.weights[position];
                if weight == 0.0 {
                    continue;
                }
                let factor = upstream * E::of(weight) / E::of(targets.total);
                let scores = logits[pixel..].iter().step_by(inner).copied();
                let (greatest, logarithm) = log_sum_exp(scores.clone());
                for (gradient, score) in gradient[pixel..].iter_mut().step_by(inner).zip(scores) {
                    *gradient += factor * (score - greatest - logarithm).exp();
                }
                gradient[targets.labels[position] * inner + pixel] -= factor;
            }
        },
    );
}
