//! Elementwise activations.
//!
//! dfdx has most of them, but its ReLU turns `NaN` into 0, its leaky ReLU has the slope 1 at 0, and its exact GELU has a wrong
//! gradient. Here, values and gradients agree with PyTorch's, and a single trait bound covers all activations.
//!
//! # Shapes
//!
//! The output has the input's shape.

pub(crate) mod cpu;
mod formulas;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, HasShape, Tensor};
use serde::{Deserialize, Serialize};

use super::cpu::{Recorded, flat, shaped};
use super::graph::Operation;
use super::once::once;
use super::operator::{Keeps, Kept, Operator, apply};
use super::{Element, InputTape, TapeDevice};
use crate::parameters::AnyShape;

/// An elementwise function.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Function {
    /// `max(x, 0)`, with the gradient 0 at 0.
    Relu,
    /// `x` if positive, otherwise `negative_slope · x`. At 0 the gradient is `negative_slope`.
    LeakyRelu {
        /// The slope for `x` that isn't positive.
        negative_slope: f64,
    },
    /// `x · Φ(x)`, where `Φ` is the cumulative distribution function of the standard normal distribution.
    Gelu,
    /// The approximation of GELU `x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))`.
    GeluTanh,
    /// `1 / (1 + exp(−x))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// `x · sigmoid(x)`, also known as swish.
    Silu,
    /// `min(max(x, 0), 6)`, with the gradient 0 at 0 and at 6.
    Relu6,
    /// `min(max(x + 3, 0), 6) / 6`, with the gradient 0 at −3 and at 3.
    Hardsigmoid,
    /// `x · hardsigmoid(x)`, with the gradient 0 at −3 and 1 at 3.
    Hardswish,
}

/// A device that computes elementwise activations.
pub trait ActivationKernel<E: Dtype>: Device<E> + TapeDevice<E> {
    /// Applies a function to each element.
    fn try_activation<S: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<S, E, Self, T>,
        activation: Function,
    ) -> Result<Tensor<S, E, Self, T>, Self::Err> {
        portable::activation(x, activation)
    }
}

impl<E: Element> ActivationKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_activation<S: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<S, E, Self, T>,
        activation: Function,
    ) -> Result<Tensor<S, E, Self, T>, CpuError> {
        let shape = *x.shape();
        shaped(activate(flat(x)?, activation)?, &shape)
    }
}

/// The operation on flat tensors.
#[once]
fn activate<E: Element>(x: Recorded<E>, activation: Function) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let outputs = x.shape().1;
    apply(Box::new(activation), vec![x], outputs)
}

impl<E: Element> Operator<E> for Function {
    fn operation(&self) -> Operation {
        Operation::Activation(*self)
    }

    fn check(&self, inputs: &[usize], output: usize) {
        assert_eq!(inputs, [output], "the input doesn't fit the output");
    }

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
