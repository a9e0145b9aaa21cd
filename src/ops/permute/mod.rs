//! Another order of the axes.
//!
//! ```text
//! y[i_a, i_b, …] = x[i_0, i_1, …]    where the axes of the output are a, b, … of the input
//! ```
//!
//! # Shapes
//!
//! The input has the sizes of [`PermuteGeometry::sizes`]; size `i` of the output is size `axes[i]` of the input.
//!
//! Source: [`torch.permute`](https://pytorch.org/docs/stable/generated/torch.permute.html).

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Dtype, Tensor};
use serde::{Deserialize, Serialize};

use super::few::MOST_AXES;
use super::operation::{Geometry, Keeps, Kept, Operator, Portable, only};
use super::run::{Flat, OperationKernel};
use super::sizes::fit_only;
use super::{Element, InputTape};
use crate::parameters::AnyShape;

/// The sizes of a tensor, and the order of its axes in the output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermuteGeometry {
    /// The sizes of the input.
    pub sizes: Vec<usize>,
    /// For each axis of the output, the axis of the input. Each occurs once.
    pub axes: Vec<usize>,
}

impl PermuteGeometry {
    /// The geometry from the output back to the input.
    pub(crate) fn inverse(&self) -> Self {
        let mut axes = vec![0; self.axes.len()];
        self.axes.iter().enumerate().for_each(|(output, &input)| axes[input] = output);
        PermuteGeometry { sizes: self.output(), axes }
    }

    /// The sizes of the output.
    pub fn output(&self) -> Vec<usize> {
        self.axes.iter().map(|&axis| self.sizes[axis]).collect()
    }
}

/// A device that permutes axes.
pub trait PermuteKernel<E: Dtype>: OperationKernel<E> {
    /// The same elements with the axes in another order: see [the module](self).
    ///
    /// # Errors
    /// If the device fails.
    fn try_permute<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &PermuteGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        let y = Self::try_operation(geometry.clone().into(), vec![Self::try_flat(x)?], output.num_elements())?;
        Self::try_shaped(y, &output)
    }
}

impl<E: Dtype, D: OperationKernel<E>> PermuteKernel<E> for D {}

impl Geometry for PermuteGeometry {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        if self.sizes.len() > MOST_AXES {
            return Err(format!("there are at most {MOST_AXES} axes, but {} in {self:?}", self.sizes.len()));
        }
        if self.axes.len() != self.sizes.len() || (0..self.sizes.len()).any(|axis| !self.axes.contains(&axis)) {
            return Err(format!("each axis occurs once in the output of {self:?}"));
        }
        fit_only(inputs, &self.sizes, self)
    }
}

impl Portable for PermuteGeometry {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        portable::permute(only(inputs), (1, outputs), self)
    }
}

impl<E: Element> Operator<E> for PermuteGeometry {
    fn keeps(&self) -> Keeps {
        Keeps::Nothing
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(self, inputs[0], output);
    }

    fn backward(&self, _: usize, _: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        cpu::add(&self.inverse(), upstream, gradient);
    }
}
