//! Sums, means, and the greatest and smallest elements along an axis, or along axes that follow each other.
//!
//! ```text
//! y[o, i] = f(x[o, 0, i], x[o, 1, i], …)
//! ```
//!
//! # Shapes
//!
//! The input is `(outer, count, inner)`, the output `(outer, inner)`.
//!
//! The rounding error of a sum grows with the logarithm of the number of its terms. Elements that are equally great, or equally
//! small, share the gradient evenly. If one is NaN, the result is NaN (on a GPU, NaN may be left out).
//!
//! Source: [`torch.sum`](https://pytorch.org/docs/stable/generated/torch.sum.html),
//! [`torch.amax`](https://pytorch.org/docs/stable/generated/torch.amax.html).

pub(crate) mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Dtype, Tensor};
use serde::{Deserialize, Serialize};

use super::operation::{Geometry, Keeps, Kept, Operator, Portable, only};
use super::run::{Flat, OperationKernel};
use super::sizes::{count, fit_only};
use super::{Element, InputTape};
use crate::parameters::AnyShape;

/// What is computed of the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Function {
    /// Their sum.
    Sum,
    /// Their sum, divided by their number.
    Mean,
    /// The greatest.
    Max,
    /// The smallest.
    Min,
}

/// A function, and the sizes of what it reduces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReduceGeometry {
    /// What is computed.
    pub function: Function,
    /// The product of the sizes before the axis.
    pub outer: usize,
    /// The size of the axis, at least 1.
    pub count: usize,
    /// The product of the sizes after the axis.
    pub inner: usize,
}

/// A device that reduces axes.
pub trait ReduceKernel<E: Dtype>: OperationKernel<E> {
    /// Reduces an axis: see [the module](self).
    ///
    /// # Errors
    /// If the device fails.
    fn try_reduce<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &ReduceGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        let y = Self::try_operation((*geometry).into(), vec![Self::try_flat(x)?], output.num_elements())?;
        Self::try_shaped(y, &output)
    }
}

impl<E: Dtype, D: OperationKernel<E>> ReduceKernel<E> for D {}

impl Geometry for ReduceGeometry {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        if self.count == 0 {
            return Err(format!("there must be an element to reduce: {self:?}"));
        }
        fit_only(inputs, &[self.outer, self.count, self.inner], self)?;
        count(&[self.outer, self.inner], self)
    }
}

impl Portable for ReduceGeometry {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        portable::reduce(only(inputs), (1, outputs), self)
    }
}

impl<E: Element> Operator<E> for ReduceGeometry {
    fn keeps(&self) -> Keeps {
        if matches!(self.function, Function::Sum | Function::Mean) { Keeps::Nothing } else { Keeps::Inputs }
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(self, inputs[0], output);
    }

    fn backward(&self, _: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        cpu::input_gradient(self, kept.inputs.first().copied().unwrap_or_default(), upstream, gradient);
    }
}
