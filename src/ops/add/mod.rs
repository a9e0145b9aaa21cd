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

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, Tensor};

use super::cpu::{Recorded, flat, shaped};
use super::graph::Operation;
use super::once::once;
use super::operator::{Keeps, Kept, Operator, apply};
use super::{Element, InputTape, TapeDevice};
use crate::parameters::AnyShape;

/// A device that adds tensors.
pub trait AddKernel<E: Dtype>: Device<E> + TapeDevice<E> {
    /// Adds two tensors, which may be the same: see [the module](self).
    fn try_add<A: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        a: Tensor<A, E, Self, T>,
        b: Tensor<B, E, Self, T>,
        output: Y,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        portable::add(a, b, output)
    }
}

impl<E: Element> AddKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_add<A: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        a: Tensor<A, E, Self, T>,
        b: Tensor<B, E, Self, T>,
        output: Y,
    ) -> Result<Tensor<Y, E, Self, T>, CpuError> {
        shaped(add(flat(a)?, flat(b)?, output.num_elements())?, &output)
    }
}

/// The operation on flat tensors.
#[once]
fn add<E: Element>(a: Recorded<E>, b: Recorded<E>, outputs: usize) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    apply(Box::new(Add), vec![a, b], outputs)
}

/// The sum of two tensors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Add;

impl<E: Element> Operator<E> for Add {
    fn operation(&self) -> Operation {
        Operation::Add
    }

    fn check(&self, inputs: &[usize], output: usize) {
        assert_eq!(inputs, [output; 2], "the terms don't fit the output");
    }

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
