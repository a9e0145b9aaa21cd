//! Softmax and its logarithm, over the middle axis of `(outer, classes, inner)`.
//!
//! ```text
//! softmax(x)[o, c, i] = exp(x[o, c, i]) / Σ_k exp(x[o, k, i])        log_softmax(x) = ln softmax(x)
//! ```
//!
//! Both subtract the largest logit first, so that no exponential overflows.
//!
//! # Shapes
//!
//! The input has the elements `(outer, classes, inner)` in this order, and the output has the input's shape.

pub(crate) mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;
mod vectors;

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, HasShape, PutTape, SplitTape, Tape, Tensor, ZerosTensor};
use serde::{Deserialize, Serialize};

pub(super) use vectors::{Layout, Vectors};

use super::cpu::{Recorded, Slot, backward, flat, read, shaped, slot, write};
use super::once::once;
use super::record::{Operation, records};
use super::{Element, InputTape, TapeDevice};
use crate::parameters::AnyShape;

/// The sizes of a softmax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoftmaxGeometry {
    /// The product of the sizes before the classes.
    pub outer: usize,
    /// The number of classes.
    pub classes: usize,
    /// The product of the sizes after the classes.
    pub inner: usize,
}

/// Whether the output is probabilities or their logarithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scale {
    /// Probabilities: softmax.
    Linear,
    /// Logarithms: log-softmax.
    Logarithmic,
}

/// A device that computes softmax.
pub trait SoftmaxKernel<E: Dtype>: Device<E> + TapeDevice<E> {
    /// Converts logits to probabilities, or to their logarithms: see [the module](self).
    fn try_softmax<S: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<S, E, Self, T>,
        scale: Scale,
        geometry: &SoftmaxGeometry,
    ) -> Result<Tensor<S, E, Self, T>, Self::Err> {
        portable::softmax(x, scale, geometry)
    }
}

impl<E: Element> SoftmaxKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_softmax<S: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<S, E, Self, T>,
        scale: Scale,
        geometry: &SoftmaxGeometry,
    ) -> Result<Tensor<S, E, Self, T>, CpuError> {
        let shape = *x.shape();
        shaped(softmax(flat(x)?, scale, geometry)?, &shape)
    }
}

/// The operation on flat tensors.
#[once]
fn softmax<E: Element>(x: Recorded<E>, scale: Scale, geometry: &SoftmaxGeometry) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let (x, mut tape) = x.split_tape();
    let mut y = x.device().try_zeros_like(x.shape())?;
    if !records(&[read(&x)], &mut y, || Operation::Softmax(scale, *geometry)) {
        cpu::forward(geometry, scale, read(&x), write(&mut y));
    }

    if tape.is_recording() {
        let geometry = *geometry;
        let (x_slot, y_slot, output) = (slot(&x), slot(&y), y.clone());
        tape.add_backward_op(move |gradients| {
            backward(gradients, &y_slot, |upstream, gradients| {
                cpu::input_gradient(&geometry, scale, read(&output), upstream, x_slot.gradient(gradients)?);
                Ok(())
            })
        });
    }
    Ok(y.put_tape(tape))
}
