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

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, Tensor};
use serde::{Deserialize, Serialize};

use super::cpu::{Recorded, flat, shaped};
use super::graph::Operation;
use super::once::once;
use super::operator::{Keeps, Kept, Operator, apply};
use super::sizes::expect;
use super::{Element, InputTape, TapeDevice};
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

impl NarrowGeometry {
    fn check(&self, input: usize, output: usize) {
        let end = self.start.checked_add(self.width);
        assert!(end.is_some_and(|end| end <= self.length), "what is kept must lie inside the axis: {self:?}");
        expect("input", input, &[self.outer, self.length], self);
        expect("output", output, &[self.outer, self.width], self);
    }
}

/// A device that narrows tensors.
pub trait NarrowKernel<E: Dtype>: Device<E> + TapeDevice<E> {
    /// Keeps a range of positions along one axis: see [the module](self).
    fn try_narrow<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &NarrowGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        portable::narrow(x, output, geometry)
    }
}

impl<E: Element> NarrowKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_narrow<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &NarrowGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, CpuError> {
        shaped(narrow(flat(x)?, output.num_elements(), geometry)?, &output)
    }
}

/// The operation on flat tensors.
#[once]
fn narrow<E: Element>(x: Recorded<E>, outputs: usize, geometry: &NarrowGeometry) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    apply(Box::new(*geometry), vec![x], outputs)
}

impl<E: Element> Operator<E> for NarrowGeometry {
    fn operation(&self) -> Operation {
        Operation::Narrow(*self)
    }

    fn check(&self, inputs: &[usize], output: usize) {
        NarrowGeometry::check(self, inputs[0], output);
    }

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
