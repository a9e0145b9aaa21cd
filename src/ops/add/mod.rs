//! Addition of two tensors with the same number of elements.
//!
//! ```text
//! y[i] = a[i] + b[i]
//! ```
//!
//! dfdx only adds tensors of the same shape type, and has no gradient if both are the same tensor.
//!
//! # Shapes
//!
//! Both inputs and the output have the same number of elements, in the same order. Their shape types may differ.

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Dtype, Tensor};
use serde::{Deserialize, Serialize};

use super::operation::{Geometry, Keeps, Kept, Operator, Portable};
use super::run::{Flat, OperationKernel};
use super::{Element, InputTape};
use crate::parameters::AnyShape;

/// A device that adds tensors.
pub trait AddKernel<E: Dtype>: OperationKernel<E> {
    /// Adds two tensors, which may be the same: see [the module](self).
    fn try_add<A: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        a: Tensor<A, E, Self, T>,
        b: Tensor<B, E, Self, T>,
        output: Y,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        let inputs = vec![Self::try_flat(a)?, Self::try_flat(b)?];
        Self::try_shaped(Self::try_operation(Add.into(), inputs, output.num_elements())?, &output)
    }
}

impl<E: Dtype, D: OperationKernel<E>> AddKernel<E> for D {}

/// The sum of two tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Add;

impl Geometry for Add {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        match *inputs {
            [first, second] if first == second => Ok(first),
            _ => Err(format!("the terms of a sum are two equally long ones, but have lengths of {inputs:?}")),
        }
    }
}

impl Portable for Add {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        let [a, b] = <[_; 2]>::try_from(inputs).unwrap_or_else(|_| panic!("a sum has two terms"));
        portable::add(a, b, (1, outputs))
    }
}

impl<E: Element> Operator<E> for Add {
    fn keeps(&self) -> Keeps {
        Keeps::Nothing
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(inputs[0], inputs[1], output);
    }

    fn backward(&self, _: usize, _: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        cpu::add(upstream, gradient);
    }
}
