//! Elementwise arithmetic of two tensors, with broadcasting.
//!
//! ```text
//! y[i, j, …] = f(a[i, j, …], b[i, j, …])    where an axis of size 1 is repeated
//! ```
//!
//! # Shapes
//!
//! Both inputs have the same number of axes. Along each axis they have the same size, or one of them has the size 1; the output
//! has the greater one.
//!
//! Gradients of repeated elements are added up; where both inputs are equal, [`Function::Maximum`] and [`Function::Minimum`] give
//! each of them half the gradient.
//!
//! Source: [broadcasting](https://pytorch.org/docs/stable/notes/broadcasting.html) in PyTorch.

mod cpu;
mod formulas;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Dtype, Tensor};
use serde::{Deserialize, Serialize};

use super::few::MOST_AXES;
use super::operation::{Geometry, Keeps, Kept, Operator, Portable};
use super::run::{Flat, OperationKernel};
use super::sizes::{count, fit};
use super::{Element, InputTape};
use crate::parameters::AnyShape;

/// What is computed of two elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Function {
    /// `a + b`.
    Add,
    /// `a − b`.
    Sub,
    /// `a · b`.
    Mul,
    /// `a / b`.
    Div,
    /// The greater one. NaN if one of them is.
    Maximum,
    /// The smaller one. NaN if one of them is.
    Minimum,
}

/// A function of two tensors, and their sizes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BinaryGeometry {
    /// What is computed.
    pub function: Function,
    /// The sizes of the first tensor.
    pub left: Vec<usize>,
    /// The sizes of the second tensor, as many as of the first.
    pub right: Vec<usize>,
}

impl BinaryGeometry {
    /// The geometry of two tensors with the same number of elements.
    pub fn same(function: Function, elements: usize) -> Self {
        BinaryGeometry { function, left: vec![elements], right: vec![elements] }
    }

    /// The sizes of the output.
    pub fn output(&self) -> Vec<usize> {
        self.left.iter().zip(&self.right).map(|(&left, &right)| if left == 1 { right } else { left }).collect()
    }
}

/// A device that computes with two tensors, element by element.
pub trait BinaryKernel<E: Dtype>: OperationKernel<E> {
    /// A function of two tensors, which may be the same: see [the module](self).
    ///
    /// # Errors
    /// If the device fails.
    fn try_binary<A: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        a: Tensor<A, E, Self, T>,
        b: Tensor<B, E, Self, T>,
        output: Y,
        geometry: &BinaryGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        let inputs = vec![Self::try_flat(a)?, Self::try_flat(b)?];
        let y = Self::try_operation(geometry.clone().into(), inputs, output.num_elements())?;
        Self::try_shaped(y, &output)
    }

    /// The sum of two tensors with the same number of elements, which may be the same tensor.
    ///
    /// # Errors
    /// If the device fails.
    fn try_add<A: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        a: Tensor<A, E, Self, T>,
        b: Tensor<B, E, Self, T>,
        output: Y,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        Self::try_binary(a, b, output, &BinaryGeometry::same(Function::Add, output.num_elements()))
    }
}

impl<E: Dtype, D: OperationKernel<E>> BinaryKernel<E> for D {}

impl Geometry for BinaryGeometry {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        let BinaryGeometry { left, right, .. } = self;
        let fits = |(&left, &right): (&usize, &usize)| left == right || left == 1 || right == 1;
        if left.len() != right.len() || !left.iter().zip(right).all(fits) {
            return Err(format!("the sizes are the same, or one of them is 1, in {self:?}"));
        }
        if left.len() > MOST_AXES {
            return Err(format!("there are at most {MOST_AXES} axes, but {} in {self:?}", left.len()));
        }
        if inputs.len() > 2 {
            return Err(format!("{self:?} takes two inputs, but {} were given", inputs.len()));
        }
        fit("first input", inputs, 0, left, self)?;
        fit("second input", inputs, 1, right, self)?;
        count(&self.output(), self)
    }
}

impl Portable for BinaryGeometry {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        let [a, b] = <[_; 2]>::try_from(inputs).unwrap_or_else(|_| panic!("two inputs are expected"));
        portable::binary(a, b, (1, outputs), self)
    }
}

impl<E: Element> Operator<E> for BinaryGeometry {
    fn keeps(&self) -> Keeps {
        if matches!(self.function, Function::Add | Function::Sub) { Keeps::Nothing } else { Keeps::Inputs }
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(self, inputs[0], inputs[1], output);
    }

    fn backward(&self, input: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        cpu::input_gradient(self, input, kept.inputs, upstream, gradient);
    }
}
