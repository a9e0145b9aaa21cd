//! Layer normalization.
//!
//! ```text
//! y[r, i] = (x[r, i] − mean[r]) / √(variance[r] + ε) · weight[i] + bias[i]
//! ```
//!
//! with the mean and the variance (divided by the width) of each row.
//!
//! # Shapes
//!
//! The input is `(rows, width)`, the output has its shape. Weight and bias are `(width)`; without them, they are 1 and 0.
//!
//! Source: Ba, Kiros and Hinton, [*Layer Normalization*](https://arxiv.org/abs/1607.06450), 2016;
//! [`torch.nn.LayerNorm`](https://pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html).

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Dtype, HasShape, Tensor};
use serde::{Deserialize, Serialize};

use super::operation::{Geometry, Keeps, Kept, Operator, Portable};
use super::run::{Flat, OperationKernel};
use super::sizes::{fit, fit_optional};
use super::{Element, InputTape};
use crate::parameters::AnyShape;

/// The sizes of a layer normalization, and its epsilon.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerNormGeometry {
    /// The number of rows, each of which is normalized by itself.
    pub rows: usize,
    /// The number of elements of a row, at least 1.
    pub width: usize,
    /// The value that is added to a variance before the square root.
    pub epsilon: f64,
}

/// A device that computes layer normalization.
pub trait LayerNormKernel<E: Dtype>: OperationKernel<E> {
    /// Normalizes each row: see [the module](self). There is no bias without a weight.
    ///
    /// # Errors
    /// If the device fails.
    fn try_layer_norm<X: AnyShape, W: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        weight: Option<&Tensor<W, E, Self>>,
        bias: Option<&Tensor<W, E, Self>>,
        geometry: &LayerNormGeometry,
    ) -> Result<Tensor<X, E, Self, T>, Self::Err> {
        let (shape, outputs) = (*x.shape(), x.shape().num_elements());
        let mut inputs = vec![Self::try_flat(x)?];
        if let Some(weight) = weight {
            inputs.push(Self::try_parameter(weight)?);
        }
        if let Some(bias) = bias {
            inputs.push(Self::try_parameter(bias)?);
        }
        Self::try_shaped(Self::try_operation((*geometry).into(), inputs, outputs)?, &shape)
    }
}

impl<E: Dtype, D: OperationKernel<E>> LayerNormKernel<E> for D {}

impl Geometry for LayerNormGeometry {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        if self.width == 0 {
            return Err(format!("there must be an element to normalize: {self:?}"));
        }
        if inputs.len() > 1 {
            fit("weight", inputs, 1, &[self.width], self)?;
        }
        fit_optional("bias", inputs, 2, &[self.width], self)?;
        fit("input", inputs, 0, &[self.rows, self.width], self)
    }
}

impl Portable for LayerNormGeometry {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        let mut inputs = inputs.into_iter();
        let x = inputs.next().unwrap_or_else(|| panic!("an input is expected"));
        portable::layer_norm(x, inputs.next(), inputs.next(), (1, outputs), self)
    }
}

impl<E: Element> Operator<E> for LayerNormGeometry {
    fn keeps(&self) -> Keeps {
        Keeps::Inputs
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(self, inputs[0], inputs.get(1).copied(), inputs.get(2).copied(), output);
    }

    fn backward(&self, input: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        match input {
            0 => cpu::input_gradient(self, kept.inputs[0], kept.inputs.get(1).copied(), upstream, gradient),
            1 => cpu::weight_gradient(self, kept.inputs[0], upstream, gradient),
            _ => cpu::bias_gradient(self, upstream, gradient),
        }
    }
}
