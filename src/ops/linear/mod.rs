//! The affine transformation of a fully connected layer.
//!
//! ```text
//! y[n, o] = bias[o] + Σ_i weight[o, i] · x[n, i]
//! ```
//!
//! # Shapes
//!
//! | tensor   | elements, in this order |
//! |----------|-------------------------|
//! | `x`      | `(rows, inputs)`        |
//! | `weight` | `(outputs, inputs)`     |
//! | `bias`   | `(outputs)`             |
//! | output   | `(rows, outputs)`       |

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Dtype, Tensor};
use serde::{Deserialize, Serialize};

use super::operation::{Geometry, Keeps, Kept, Operator, Portable, with_weight};
use super::run::{Flat, OperationKernel};
use super::sizes::{count, fit, fit_optional};
use super::{Element, InputTape};
use crate::parameters::AnyShape;

/// The sizes of an affine transformation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinearGeometry {
    /// The number of vectors that are transformed.
    pub rows: usize,
    /// The number of input features.
    pub inputs: usize,
    /// The number of output features.
    pub outputs: usize,
}

/// A device that computes affine transformations.
pub trait LinearKernel<E: Dtype>: OperationKernel<E> {
    /// Transforms each row: see [the module](self).
    fn try_linear<X: AnyShape, W: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        weight: &Tensor<W, E, Self>,
        bias: Option<&Tensor<B, E, Self>>,
        output: Y,
        geometry: &LinearGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        let mut inputs = vec![Self::try_flat(x)?, Self::try_parameter(weight)?];
        if let Some(bias) = bias {
            inputs.push(Self::try_parameter(bias)?);
        }
        Self::try_shaped(Self::try_operation((*geometry).into(), inputs, output.num_elements())?, &output)
    }
}

impl<E: Dtype, D: OperationKernel<E>> LinearKernel<E> for D {}

impl Geometry for LinearGeometry {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        fit("input", inputs, 0, &[self.rows, self.inputs], self)?;
        fit("weight", inputs, 1, &[self.outputs, self.inputs], self)?;
        fit_optional("bias", inputs, 2, &[self.outputs], self)?;
        count(&[self.rows, self.outputs], self)
    }

    fn values(&self) -> usize {
        1
    }
}

impl Portable for LinearGeometry {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        let (x, weight, bias) = with_weight(inputs);
        portable::linear(x, &weight, bias.as_ref(), (1, outputs), self)
    }
}

impl<E: Element> Operator<E> for LinearGeometry {
    fn keeps(&self) -> Keeps {
        Keeps::Inputs
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(self, inputs[0], inputs[1], inputs.get(2).copied(), output);
    }

    fn backward(&self, input: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        match input {
            0 => cpu::input_gradient(self, kept.inputs[1], upstream, gradient),
            1 => cpu::weight_gradient(self, kept.inputs[0], upstream, gradient),
            _ => cpu::bias_gradient(self, upstream, gradient),
        }
    }
}
