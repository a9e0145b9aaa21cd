//! Elementwise functions: activations.
//!
//! dfdx has most of them, but its ReLU turns `NaN` into 0, its leaky ReLU has the slope 1 at 0, and its exact GELU has a wrong
//! gradient. Here, values and gradients agree with PyTorch's, and a single trait bound covers all activations.
//!
//! # Shapes
//!
//! The output has the input's shape.

pub(crate) mod cpu;
pub(crate) mod formula;
mod functions;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Dtype, HasShape, Tensor};

use super::operation::{Geometry, Keeps, Kept, Operator, Portable, only};
use super::run::{Flat, OperationKernel};
use super::{Element, InputTape};

use crate::parameters::AnyShape;

pub use functions::*;

/// A device that computes elementwise activations.
pub trait ActivationKernel<E: Dtype>: OperationKernel<E> {
    /// Applies a function to each element.
    fn try_activation<S: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<S, E, Self, T>,
        function: impl Into<Function>,
    ) -> Result<Tensor<S, E, Self, T>, Self::Err> {
        let (shape, outputs) = (*x.shape(), x.shape().num_elements());
        Self::try_shaped(Self::try_operation(function.into().into(), vec![Self::try_flat(x)?], outputs)?, &shape)
    }
}

impl<E: Dtype, D: OperationKernel<E>> ActivationKernel<E> for D {}

impl Geometry for Function {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        match *inputs {
            [input] => Ok(input),
            _ => Err(format!("{self:?} takes one input, but {} were given", inputs.len())),
        }
    }
}

impl Portable for Function {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        _: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        portable::activation(only(inputs), *self)
    }
}

impl<E: Element> Operator<E> for Function {
    fn keeps(&self) -> Keeps {
        if cpu::derives_from_output(*self) { Keeps::Output } else { Keeps::Inputs }
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(*self, inputs[0], output);
    }

    fn backward(&self, _: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        let kept = kept.inputs.first().unwrap_or(&kept.output);
        cpu::input_gradient(*self, kept, upstream, gradient);
    }
}
