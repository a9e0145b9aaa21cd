//! Two-dimensional max pooling.
//!
//! With `p(o, t) = o · stride + t · dilation − padding` on each axis and `−∞` outside the input,
//!
//! ```text
//! y[n, i, j] = max_{u, v} x[n, p(i, u), p(j, v)]
//! ```
//!
//! If a window contains `NaN`, its maximum is `NaN`. As in PyTorch, the gradient goes to a single element: the first of equal
//! maxima, or the last `NaN`.
//!
//! # Shapes
//!
//! The input has the elements `(planes, height, width)` in this order, the output `(planes, output height, output width)`. The
//! number of planes is examples times channels.

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Dtype, Tensor};
use serde::{Deserialize, Serialize};

use super::operation::{Geometry, Keeps, Kept, Operator, Portable, only};
use super::run::{Flat, OperationKernel};
use super::sizes::{count, fit_only};
use super::{Element, InputTape, Window};
use crate::parameters::AnyShape;

/// The sizes of a two-dimensional max pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaxPool2dGeometry {
    /// The number of images: examples times channels.
    pub planes: usize,
    /// How the window moves down the image.
    pub vertical: Window,
    /// How the window moves along a row.
    pub horizontal: Window,
}

impl MaxPool2dGeometry {
    /// The number of positions of an image.
    pub(super) fn input_plane(&self) -> usize {
        self.vertical.input * self.horizontal.input
    }

    /// The number of positions of a pooled image.
    pub(super) fn output_plane(&self) -> usize {
        self.vertical.output * self.horizontal.output
    }

    /// The number of positions of the window.
    pub(super) fn taps(&self) -> usize {
        self.vertical.kernel * self.horizontal.kernel
    }
}

/// A device that computes two-dimensional max pooling.
pub trait MaxPool2dKernel<E: Dtype>: OperationKernel<E> {
    /// Takes the maximum of each window: see [the module](self).
    fn try_max_pool2d<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &MaxPool2dGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        let y = Self::try_operation((*geometry).into(), vec![Self::try_flat(x)?], output.num_elements())?;
        Self::try_shaped(y, &output)
    }
}

impl<E: Dtype, D: OperationKernel<E>> MaxPool2dKernel<E> for D {}

impl Geometry for MaxPool2dGeometry {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        let MaxPool2dGeometry { planes, vertical, horizontal } = *self;
        vertical.fits()?;
        horizontal.fits()?;
        fit_only(inputs, &[planes, vertical.input, horizontal.input], self)?;
        count(&[planes, vertical.output, horizontal.output], self)
    }
}

impl Portable for MaxPool2dGeometry {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        portable::max_pool2d(only(inputs), (1, outputs), self)
    }
}

impl<E: Element> Operator<E> for MaxPool2dGeometry {
    fn keeps(&self) -> Keeps {
        Keeps::Inputs
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(self, inputs[0], output);
    }

    fn backward(&self, _: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        cpu::input_gradient(self, kept.inputs[0], upstream, gradient);
    }
}
