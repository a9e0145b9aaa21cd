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

use dfdx::prelude::{Dtype, HasShape, Tensor};
use serde::{Deserialize, Serialize};

pub(super) use vectors::{Layout, Vectors};

use super::operation::{Geometry, Keeps, Kept, Operator, Portable, only};
use super::run::{Flat, OperationKernel};
use super::sizes::fit_only;
use super::{Element, InputTape};
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
pub trait SoftmaxKernel<E: Dtype>: OperationKernel<E> {
    /// Converts logits to probabilities, or to their logarithms: see [the module](self).
    fn try_softmax<S: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<S, E, Self, T>,
        scale: Scale,
        geometry: &SoftmaxGeometry,
    ) -> Result<Tensor<S, E, Self, T>, Self::Err> {
        let (shape, outputs) = (*x.shape(), x.shape().num_elements());
        let softmax = Softmax { scale, geometry: *geometry };
        Self::try_shaped(Self::try_operation(softmax.into(), vec![Self::try_flat(x)?], outputs)?, &shape)
    }
}

impl<E: Dtype, D: OperationKernel<E>> SoftmaxKernel<E> for D {}

/// A softmax: its scale and its sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Softmax {
    /// Whether the output is logarithms.
    pub scale: Scale,
    /// The sizes.
    pub geometry: SoftmaxGeometry,
}

impl Geometry for Softmax {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        let SoftmaxGeometry { outer, classes, inner } = self.geometry;
        fit_only(inputs, &[outer, classes, inner], self)
    }
}

impl Portable for Softmax {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        _: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        portable::softmax(only(inputs), self.scale, &self.geometry)
    }
}

impl<E: Element> Operator<E> for Softmax {
    fn keeps(&self) -> Keeps {
        Keeps::Output
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(&self.geometry, self.scale, inputs[0], output);
    }

    fn backward(&self, _: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        cpu::input_gradient(&self.geometry, self.scale, kept.output, upstream, gradient);
    }
}
