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

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, Tensor};
use serde::{Deserialize, Serialize};

use super::cpu::{Recorded, flat, parameter, shaped};
use super::graph::Operation;
use super::once::once;
use super::operator::{Keeps, Kept, Operator, apply};
use super::sizes::expect;
use super::{Element, InputTape, TapeDevice};
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

impl LinearGeometry {
    fn check(&self, input: usize, weight: usize, bias: Option<usize>, output: usize) {
        expect("input", input, &[self.rows, self.inputs], self);
        expect("weight", weight, &[self.outputs, self.inputs], self);
        bias.into_iter().for_each(|bias| expect("bias", bias, &[self.outputs], self));
        expect("output", output, &[self.rows, self.outputs], self);
    }
}

/// A device that computes affine transformations.
pub trait LinearKernel<E: Dtype>: Device<E> + TapeDevice<E> {
    /// Transforms each row: see [the module](self).
    fn try_linear<X: AnyShape, W: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        weight: &Tensor<W, E, Self>,
        bias: Option<&Tensor<B, E, Self>>,
        output: Y,
        geometry: &LinearGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        portable::linear(x, weight, bias, output, geometry)
    }
}

impl<E: Element> LinearKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_linear<X: AnyShape, W: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        weight: &Tensor<W, E, Self>,
        bias: Option<&Tensor<B, E, Self>>,
        output: Y,
        geometry: &LinearGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, CpuError> {
        shaped(
            linear(flat(x)?, parameter(weight)?, bias.map(parameter).transpose()?, output.num_elements(), geometry)?,
            &output,
        )
    }
}

/// The operation on flat tensors.
#[once]
fn linear<E: Element>(
    x: Recorded<E>,
    weight: Recorded<E>,
    bias: Option<Recorded<E>>,
    outputs: usize,
    geometry: &LinearGeometry,
) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    apply(Box::new(*geometry), [x, weight].into_iter().chain(bias).collect(), outputs)
}

impl<E: Element> Operator<E> for LinearGeometry {
    fn operation(&self) -> Operation {
        Operation::Linear(*self)
    }

    fn check(&self, inputs: &[usize], output: usize) {
        LinearGeometry::check(self, inputs[0], inputs[1], inputs.get(2).copied(), output);
    }

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
