//! A range of positions along one axis: the inverse of [concatenation](super::concat).
//!
//! ```text
//! y[r, c] = x[r, start + c]
//! ```
//!
//! # Shapes
//!
//! The input has the elements `(outer, length)` in this order, the output `(outer, width)`.

mod cpu;
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

/// The sizes of a narrowed tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NarrowGeometry {
    /// The product of the sizes before the narrowed axis, which include the batch.
    pub outer: usize,
    /// The size of the narrowed axis, times the sizes after it.
    pub length: usize,
    /// The number of positions before those that are kept.
    pub start: usize,
    /// The number of positions that are kept.
    pub width: usize,
}

/// A device that narrows tensors.
pub trait NarrowKernel<E: Dtype>: OperationKernel<E> {
    /// Keeps a range of positions along one axis: see [the module](self).
    fn try_narrow<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &NarrowGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        let y = Self::try_operation((*geometry).into(), vec![Self::try_flat(x)?], output.num_elements())?;
        Self::try_shaped(y, &output)
    }
}

impl<E: Dtype, D: OperationKernel<E>> NarrowKernel<E> for D {}

impl Geometry for NarrowGeometry {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        let NarrowGeometry { outer, length, start, width } = *self;
        if start.checked_add(width).is_none_or(|end| end > length) {
            return Err(format!("what is kept must lie inside the axis: {self:?}"));
        }
        fit_only(inputs, &[outer, length], self)?;
        count(&[outer, width], self)
    }
}

impl Portable for NarrowGeometry {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        portable::narrow(only(inputs), (1, outputs), self)
    }
}

impl<E: Element> Operator<E> for NarrowGeometry {
    fn keeps(&self) -> Keeps {
        Keeps::Nothing
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(self, inputs[0], output);
    }

    fn backward(&self, _: usize, _: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        cpu::input_gradient(self, upstream, gradient);
    }
}
