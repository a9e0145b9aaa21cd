//! Cross-entropy between logits and labels, weighed and added up.
//!
//! ```text
//! loss = −(1 / total) · Σ_n weights[n] · log_softmax(logits[n])[labels[n]]
//! ```
//!
//! Where `weights[n]` is 0 the logits are not looked at, and their gradient is 0, infinite as they may be. Over a `total`
//! of 0 the loss is `NaN`.
//!
//! # Shapes
//!
//! The logits have the elements `(outer, classes, inner)` in this order, labels and weights `(outer, inner)`; the output
//! is a scalar. Labels must be less than `classes`.

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, PutTape, Shape, SplitTape, Tape, Tensor, ZerosTensor};

use super::cpu::{Recorded, Slot, backward, flat, read, shaped, slot, write};
use super::once::once;
use super::{Element, InputTape, Upload};

/// All the sizes of a cross-entropy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossEntropyGeometry {
    /// How many elements the axes before the classes have, multiplied; the batch is among them.
    pub outer: usize,
    /// How many classes there are.
    pub classes: usize,
    /// How many elements the axes behind the classes have, multiplied: pixels, or 1.
    pub inner: usize,
}

impl CrossEntropyGeometry {
    /// How many labels there are.
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

/// What the logits should say. It comes from the host, which has counted and checked it.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets {
    /// The class at each position.
    pub labels: Vec<usize>,
    /// How much each position counts.
    pub weights: Vec<f64>,
    /// What the sum is divided by.
    pub total: f64,
}

impl Targets {
    /// Every position counts the same, and the mean is taken.
    pub fn mean(labels: Vec<usize>) -> Self {
        let count = labels.len();
        Targets { labels, weights: vec![1.0; count], total: count as f64 }
    }
}

/// A device with cross-entropy.
pub trait CrossEntropyKernel<E: Dtype>: Device<E> + Upload {
    /// The cross-entropy of a batch: see [the module](self).
    fn try_cross_entropy<S: Shape, T: InputTape<E, Self>>(
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
    fn try_cross_entropy<S: Shape, T: InputTape<E, Self>>(
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
    let mut loss = logits.device().try_zeros_like(&(1,))?;
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
