//! Cross-entropy in one pass over the logits, and its backward pass in another one.

use super::{CrossEntropyGeometry, Targets};
use crate::ops::Element;
use crate::ops::elementary::EXPONENTIAL;
use crate::ops::once::once;
use crate::ops::parallel::for_each_chunk;
use crate::ops::softmax::{Layout, Vectors};
use crate::ops::sums::sum;
use crate::ops::vectorized::InstructionSet;

/// The weighted cross-entropy.
#[once]
pub(super) fn forward<E: Element>(geometry: &CrossEntropyGeometry, logits: &[E], targets: &Targets) -> E {
    let CrossEntropyGeometry { classes, inner, .. } = *geometry;
    let (set, layout) = (InstructionSet::best(), Layout { classes, inner });
    let mut losses = vec![E::zero(); geometry.labels()];
    let length = layout.examples() * inner;
    for_each_chunk(&mut losses, length, length * classes * EXPONENTIAL, Vectors::new, |vectors, number, losses| {
        let first = number * length;
        let logits = &logits[first * classes..][..losses.len() * classes];
        for block in layout.blocks(losses.len()) {
            vectors.load(set, layout, logits, block.clone());
            for (vector, position) in block.enumerate() {
                let weight = targets.weights[first + position];
                if weight != 0.0 {
                    let score = vectors.logits[vector * classes + targets.labels[first + position]];
                    losses[position] = (vectors.totals[vector].ln() - score) * E::of(weight);
                }
            }
        }
    });
    sum(&losses) / E::of(targets.total)
}

/// Adds to the gradient of the logits: the softmax, minus 1 at the label, times the weight.
#[once]
pub(super) fn logits_gradient<E: Element>(
    geometry: &CrossEntropyGeometry,
    logits: &[E],
    targets: &Targets,
    upstream: E,
    gradient: &mut [E],
) {
    let CrossEntropyGeometry { classes, inner, .. } = *geometry;
    let (set, layout) = (InstructionSet::best(), Layout { classes, inner });
    let length = layout.examples() * inner;
    let steps = length * classes * EXPONENTIAL;
    for_each_chunk(gradient, length * classes, steps, Vectors::new, |vectors, number, gradient| {
        let first = number * length;
        let logits = &logits[first * classes..][..gradient.len()];
        for block in layout.blocks(gradient.len() / classes) {
            vectors.load(set, layout, logits, block.clone());
            let gradients = vectors.exponentials.chunks_exact_mut(classes);
            for ((gradients, &total), position) in gradients.zip(&vectors.totals).zip(block.clone()) {
                let weight = targets.weights[first + position];
                if weight == 0.0 {
                    gradients.fill(E::zero());
                    continue;
                }
                let factor = upstream * E::of(weight) / E::of(targets.total);
                gradients.iter_mut().for_each(|gradient| *gradient *= factor / total);
                gradients[targets.labels[first + position]] -= factor;
            }
            layout.scatter(&vectors.exponentials, block, gradient, |gradient, value| *gradient += value);
        }
    });
}
