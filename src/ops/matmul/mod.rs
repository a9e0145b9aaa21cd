//! Products of matrices, one for each of a batch.
//!
//! ```text
//! y[b, r, c] = Σ_k left[b, r, k] · right[b, k, c]
//! ```
//!
//! # Shapes
//!
//! `left` is `(batch, rows, inner)`, or `(rows, inner)` for all of the batch; `right` is `(batch, inner, columns)`, or
//! `(inner, columns)` for all. The output is `(batch, rows, columns)`.
//!
//! Source: [`torch.matmul`](https://pytorch.org/docs/stable/generated/torch.matmul.html).

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Dtype, Tensor};
use serde::{Deserialize, Serialize};

use super::operation::{Geometry, Keeps, Kept, Operator, Portable};
use super::run::{Flat, OperationKernel};
use super::sizes::{count, fit};
use super::{Element, InputTape};
use crate::parameters::AnyShape;

/// The sizes of a batch of matrix products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatmulGeometry {
    /// The number of products.
    pub batch: usize,
    /// The number of rows of `left`.
    pub rows: usize,
    /// The number of columns of `left`, and of rows of `right`.
    pub inner: usize,
    /// The number of columns of `right`.
    pub columns: usize,
    /// Whether all products have the same `left`, of which there is one.
    pub shares_left: bool,
    /// Whether all products have the same `right`, of which there is one.
    pub shares_right: bool,
}

impl MatmulGeometry {
    /// The numbers of matrices on the left and on the right.
    fn matrices(&self) -> [usize; 2] {
        [self.shares_left, self.shares_right].map(|is_shared| if is_shared { 1 } else { self.batch })
    }
}

/// A device that multiplies matrices.
pub trait MatmulKernel<E: Dtype>: OperationKernel<E> {
    /// Multiplies matrices: see [the module](self). Both tensors may be the same.
    ///
    /// # Errors
    /// If the device fails.
    fn try_matmul<A: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        left: Tensor<A, E, Self, T>,
        right: Tensor<B, E, Self, T>,
        output: Y,
        geometry: &MatmulGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        let inputs = vec![Self::try_flat(left)?, Self::try_flat(right)?];
        let y = Self::try_operation((*geometry).into(), inputs, output.num_elements())?;
        Self::try_shaped(y, &output)
    }
}

impl<E: Dtype, D: OperationKernel<E>> MatmulKernel<E> for D {}

impl Geometry for MatmulGeometry {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        let [left, right] = self.matrices();
        if inputs.len() > 2 {
            return Err(format!("{self:?} takes two inputs, but {} were given", inputs.len()));
        }
        fit("left", inputs, 0, &[left, self.rows, self.inner], self)?;
        fit("right", inputs, 1, &[right, self.inner, self.columns], self)?;
        count(&[self.batch, self.rows, self.columns], self)
    }
}

impl Portable for MatmulGeometry {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        let [left, right] = <[_; 2]>::try_from(inputs).unwrap_or_else(|_| panic!("two inputs are expected"));
        portable::matmul(left, right, (1, outputs), self)
    }
}

impl<E: Element> Operator<E> for MatmulGeometry {
    fn keeps(&self) -> Keeps {
        Keeps::Inputs
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(self, inputs[0], inputs[1], output);
    }

    fn backward(&self, input: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        match input {
            0 => cpu::left_gradient(self, kept.inputs[1], upstream, gradient),
            _ => cpu::right_gradient(self, kept.inputs[0], upstream, gradient),
        }
    }
}
