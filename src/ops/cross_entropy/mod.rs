//! Weighted cross-entropy between logits and labels.
//!
//! ```text
//! loss = −(1 / total) · Σ_n weights[n] · log_softmax(logits[n])[labels[n]]
//! ```
//!
//! Where `weights[n]` is 0, the logits are ignored, and their gradient is 0, even if they are infinite or NaN. If all weights and
//! `total` are 0, the loss is `NaN`.
//!
//! # Shapes
//!
//! The logits have the elements `(outer, classes, inner)` in this order, labels and weights `(outer, inner)`. The output is a
//! scalar. Labels must be less than `classes`.

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, PutTape, SplitTape, Tape, Tensor, ZerosTensor};

use super::cpu::{Recorded, Slot, backward, flat, read, shaped, slot, write};
use super::once::once;
use super::{Element, InputTape, TapeDevice, Upload};
use crate::parameters::AnyShape;

/// The sizes of a cross-entropy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossEntropyGeometry {
    /// The product of the sizes before the classes, which include the batch.
    pub outer: usize,
    /// The number of classes.
    pub classes: usize,
    /// The product of the sizes after the classes: the number of pixels, or 1.
    pub inner: usize,
}

impl CrossEntropyGeometry {
    /// The number of labels.
    pub fn labels(&self) -> usize {
        self.outer * self.inner
    }

    fn check(&self, logits: usize, targets: &Targets) {
        assert_eq!(logits, self.labels() * self.classes, "the logits don't fit {self:?}");
        assert_eq!(targets.labels.len(), self.labels(), "the labels don't fit {self:?}");
        assert_eq!(targets.weights.len(), self.labels(), "the weights don't fit {self:?}");
        for (position, &label) in targets.labels.iter().enumerate() {
            let classes = self.classes;
            assert!(
                label < classes,
                "label {label} at position {position} is out of range: there are {classes} classes"
            );
        }
    }
}

/// The targets of the logits. They come from the host, which has counted and checked them.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets {
    /// The class at each position.
    pub labels: Vec<usize>,
    /// The weight of each position.
    pub weights: Vec<f64>,
    /// The divisor of the weighted sum.
    pub total: f64,
}

impl Targets {
    /// All positions have the same weight, and the loss is their mean.
    pub fn mean(labels: Vec<usize>) -> Self {
        let count = labels.len();
        Targets { labels, weights: vec![1.0; count], total: count as f64 }
    }
}

/// A device that computes cross-entropy.
pub trait CrossEntropyKernel<E: Dtype>: Device<E> + TapeDevice<E> + Upload {
    /// The cross-entropy of a batch: see [the module](self).
    fn try_cross_entropy<S: AnyShape, T: InputTape<E, Self>>(
        logits: Tensor<S, E, Self, T>,
        targets: Targets,
        geometry: &CrossEntropyGeometry,
    ) -> Result<Tensor<(), E, Self, T>, Self::Err> {
        portable::cross_entropy(logits, targets, geometry)
    }
}

impl<E: Element> CrossEntropyKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_cross_entropy<S: AnyShape, T: InputTape<E, Self>>(
        logits: Tensor<S, E, Self, T>,
        targets: Targets,
        geometry: &CrossEntropyGeometry,
    ) -> Result<Tensor<(), E, Self, T>, CpuError> {
        shaped(cross_entropy(flat(logits)?, targets, geometry)?, &())
    }
}

/// The operation on flat tensors.
#[once]
fn cross_entropy<E: Element>(
    logits: Recorded<E>,
    targets: Targets,
    geometry: &CrossEntropyGeometry,
) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let (logits, mut tape) = logits.split_tape();
    let mut loss = logits.device().try_zeros_like(&(1, 1))?;
    geometry.check(read(&logits).len(), &targets);
    write(&mut loss)[0] = cpu::forward(geometry, read(&logits), &targets);

    if tape.is_recording() {
        let geometry = *geometry;
        let (logits_slot, loss_slot) = (slot(&logits), slot(&loss));
        tape.add_backward_op(move |gradients| {
            backward(gradients, &loss_slot, |upstream, gradients| {
                let gradient = logits_slot.gradient(gradients)?;
                cpu::logits_gradient(&geometry, read(&logits), &targets, upstream[0], gradient);
                Ok(())
            })
        });
    }
    Ok(loss.put_tape(tape))
}
