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

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, HasShape, Tensor};
use serde::{Deserialize, Serialize};

pub(super) use vectors::{Layout, Vectors};

use super::cpu::{Recorded, flat, shaped};
use super::graph::Operation;
use super::once::once;
use super::operator::{Keeps, Kept, Operator, apply};
use super::sizes::expect;
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
    let outputs = x.shape().1;
    apply(Box::new((scale, *geometry)), vec![x], outputs)
}

impl<E: Element> Operator<E> for (Scale, SoftmaxGeometry) {
    fn operation(&self) -> Operation {
        Operation::Softmax(self.0, self.1)
    }

    fn check(&self, inputs: &[usize], output: usize) {
        let SoftmaxGeometry { outer, classes, inner } = self.1;
        expect("input", inputs[0], &[outer, classes, inner], self);
        expect("output", output, &[outer, classes, inner], self);
    }

    fn keeps(&self) -> Keeps {
        Keeps::Output
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(&self.1, self.0, inputs[0], output);
    }

    fn backward(&self, _: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        cpu::input_gradient(&self.1, self.0, kept.output, upstream, gradient);
    }
}
