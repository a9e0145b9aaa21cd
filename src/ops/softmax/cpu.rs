//! Softmax, one block of vectors after the other.

use super::vectors::{Layout, Vectors};
use super::{Scale, SoftmaxGeometry};
use crate::ops::Element;
use crate::ops::elementary::EXPONENTIAL;
use crate::ops::once::once;
use crate::ops::parallel::for_each_chunk;
use crate::ops::sums::{dot, sum};
use crate::ops::vectorized::{InstructionSet, vectorized};

/// Writes the softmax of each vector.
#[once]
pub(crate) fn forward<E: Element>(geometry: &SoftmaxGeometry, scale: Scale, input: &[E], output: &mut [E]) {
    let SoftmaxGeometry { outer, classes, inner } = *geometry;
    assert_eq!(input.len(), outer * classes * inner, "the input doesn't fit {geometry:?}");
    let (set, layout) = (InstructionSet::best(), Layout { classes, inner });
    let length = layout.examples() * classes * inner;
    for_each_chunk(output, length, length * EXPONENTIAL, Vectors::new, |vectors, number, output| {
        let input = &input[number * length..][..output.len()];
        for block in layout.blocks(output.len() / classes) {
            vectors.load(set, layout, input, block.clone());
            let Vectors { logits, exponentials, totals } = &mut *vectors;
            let results = match scale {
                Scale::Linear => {
                    divide(set, classes, totals, exponentials);
                    exponentials
                }
                Scale::Logarithmic => {
                    totals.iter_mut().for_each(|total| *total = total.ln());
                    subtract(set, classes, totals, logits);
                    logits
                }
            };
            layout.scatter(results, block, output, |output, result| *output = result);
        }
    });
}

/// Adds to the gradient of the input.
#[once]
pub(super) fn input_gradient<E: Element>(
    geometry: &SoftmaxGeometry,
    scale: Scale,
    output: &[E],
    upstream: &[E],
    gradient: &mut [E],
) {
    let SoftmaxGeometry { classes, inner, .. } = *geometry;
    let (set, layout) = (InstructionSet::best(), Layout { classes, inner });
    let length = layout.examples() * classes * inner;
    let scratch = || (Vec::new(), Vec::new());
    for_each_chunk(gradient, length, length * EXPONENTIAL, scratch, |(outputs, upstreams), number, gradient| {
        let range = number * length..number * length + gradient.len();
        let (output, upstream) = (&output[range.clone()], &upstream[range]);
        for block in layout.blocks(gradient.len() / classes) {
            layout.gather(output, block.clone(), outputs);
            layout.gather(upstream, block.clone(), upstreams);
            match scale {
                Scale::Linear => linear_gradients(set, classes, outputs, upstreams),
                Scale::Logarithmic => logarithmic_gradients(set, classes, outputs, upstreams),
            }
            layout.scatter(upstreams, block, gradient, |gradient, value| *gradient += value);
        }
    });
}

vectorized! {
    /// Divides each vector by its divisor.
    fn divide<E, const FUSES: bool>(classes: usize, divisors: &[E], values: &mut [E]) {
        for (values, &divisor) in values.chunks_exact_mut(classes).zip(divisors) {
            for value in values {
                *value /= divisor;
            }
        }
    }

    /// Subtracts its number from each vector.
    fn subtract<E, const FUSES: bool>(classes: usize, numbers: &[E], values: &mut [E]) {
        for (values, &number) in values.chunks_exact_mut(classes).zip(numbers) {
            for value in values {
                *value -= number;
            }
        }
    }

    /// Converts the gradients of probabilities to those of the logits.
    fn linear_gradients<E, const FUSES: bool>(classes: usize, outputs: &[E], gradients: &mut [E]) {
        for (outputs, gradients) in outputs.chunks_exact(classes).zip(gradients.chunks_exact_mut(classes)) {
            let total = dot(outputs, gradients);
            for (&output, gradient) in outputs.iter().zip(gradients) {
                *gradient = output * (*gradient - total);
            }
        }
    }

    /// Converts the gradients of log-probabilities to those of the logits.
    fn logarithmic_gradients<E, const FUSES: bool>(classes: usize, outputs: &[E], gradients: &mut [E]) {
        for (outputs, gradients) in outputs.chunks_exact(classes).zip(gradients.chunks_exact_mut(classes)) {
            let total = sum(gradients);
            for (&output, gradient) in outputs.iter().zip(gradients) {
                *gradient -= output.exponential::<FUSES>() * total;
            }
        }
    }
}
