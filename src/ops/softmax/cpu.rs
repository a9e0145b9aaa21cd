//! Softmax, one vector of classes after the other.

use super::{Scale, SoftmaxGeometry};
use crate::ops::Element;
use crate::ops::parallel::for_each_chunk;

/// How many elementary steps an exponential takes, about.
const EXPONENTIAL: usize = 8;

/// The greatest of the logits, and the logarithm of the sum of their exponentials relative to that.
///
/// The sum of both is the logarithm of the sum of all exponentials, which may lie outside of what a float holds.
pub(in crate::ops) fn log_sum_exp<E: Element>(logits: impl Iterator<Item = E> + Clone) -> (E, E) {
    let greatest = logits.clone().fold(E::neg_infinity(), E::max);
    (greatest, logits.fold(E::zero(), |total, logit| total + (logit - greatest).exp()).ln())
}

/// Writes the softmax of each vector.
pub(in crate::ops) fn forward<E: Element>(geometry: &SoftmaxGeometry, scale: Scale, input: &[E], output: &mut [E]) {
    let SoftmaxGeometry { outer, classes, inner } = *geometry;
    assert_eq!(input.len(), outer * classes * inner, "the input doesn't fit {geometry:?}");
    let length = classes * inner;
    for_each_chunk(
        output,
        length,
        length * EXPONENTIAL,
        || (),
        |(), number, output| {
            let input = &input[number * length..][..length];
            for position in 0..inner {
                let logits = input[position..].iter().step_by(inner).copied();
                let (greatest, logarithm) = log_sum_exp(logits.clone());
                for (output, logit) in output[position..].iter_mut().step_by(inner).zip(logits) {
                    let log_probability = logit - greatest - logarithm;
                    *output = match scale {
                        Scale::Linear => log_probability.exp(),
                        Scale::Logarithmic => log_probability,
                    };
                }
            }
        },
    );
}

/// Adds to the gradient of the input.
pub(super) fn input_gradient<E: Element>(
    geometry: &SoftmaxGeometry,
    scale: Scale,
    output: &[E],
    upstream: &[E],
    gradient: &mut [E],
) {
    let (length, inner) = (geometry.classes * geometry.inner, geometry.inner);
    for_each_chunk(
        gradient,
        length,
        length * EXPONENTIAL,
        || (),
        |(), number, gradient| {
            let (output, upstream) = (&output[number * length..][..length], &upstream[number * length..][..length]);
            for position in 0..inner {
                let values = output[position..].iter().step_by(inner).zip(upstream[position..].iter().step_by(inner));
                let total = values.clone().fold(E::zero(), |total, (&output, &upstream)| match scale {
                    Scale::Linear => total + output * upstream,
                    Scale::Logarithmic => total + upstream,
                });
                for (gradient, (&output, &upstream)) in gradient[position..].iter_mut().step_by(inner).zip(values) {
                    *gradient += match scale {
                        Scale::Linear => output * (upstream - total),
                        Scale::Logarithmic => upstream - output.exp() * total,
                    };
                }
            }
        },
    );
}
