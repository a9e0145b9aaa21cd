//! Cross-entropy between logits and labels, averaged over the batch.
//!
//! ```text
//! loss = −(1 / batch) · Σ_n log_softmax(logits[n])[labels[n]]
//! ```
//!
//! The mean over an empty batch is `NaN`.
//!
//! # Shapes
//!
//! The logits have the elements `(batch, classes)` in this order, the labels `(batch)`; the output is a scalar. Labels
//! must be less than `classes`.

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, PutTape, Shape, Tape, Tensor, ZerosTensor};

use super::Element;
use super::cpu::{Slot, backward, read, slot, split, write};

/// All the sizes of a cross-entropy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossEntropyGeometry {
    /// How many examples there are.
    pub batch: usize,
    /// How many classes there are.
    pub classes: usize,
}

/// A device with cross-entropy.
pub trait CrossEntropyKernel<E: Dtype>: Device<E> {
    /// The mean cross-entropy of a batch: see [the module](self).
    fn try_cross_entropy<S: Shape, L: Shape, T: Tape<E, Self>>(
        logits: Tensor<S, E, Self, T>,
        labels: &Tensor<L, usize, Self>,
        geometry: &CrossEntropyGeometry,
    ) -> Result<Tensor<(), E, Self, T>, Self::Err> {
        portable::cross_entropy(logits, labels, geometry)
    }
}

impl<E: Element> CrossEntropyKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_cross_entropy<S: Shape, L: Shape, T: Tape<E, Self>>(
        logits: Tensor<S, E, Self, T>,
        labels: &Tensor<L, usize, Self>,
        geometry: &CrossEntropyGeometry,
    ) -> Result<Tensor<(), E, Self, T>, CpuError> {
        let (logits, mut tape) = split(logits)?;
        let (labels, _) = split(labels.clone())?;
        let mut loss = logits.device().try_zeros_like(&())?;
        write(&mut loss)[0] = cpu::forward(geometry, read(&logits), read(&labels));

        if T::OWNS_TAPE {
            let geometry = *geometry;
            let (logits_slot, loss_slot) = (slot(&logits), slot(&loss));
            tape.add_backward_op(move |gradients| {
                backward(gradients, &loss_slot, |upstream, gradients| {
                    let gradient = logits_slot.gradient(gradients)?;
                    cpu::logits_gradient(&geometry, read(&logits), read(&labels), upstream[0], gradient);
                    Ok(())
                })
            });
        }
        Ok(loss.put_tape(tape))
    }
}
