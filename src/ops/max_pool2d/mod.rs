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

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, Tensor};
use serde::{Deserialize, Serialize};

use super::cpu::{Recorded, flat, shaped};
use super::graph::Operation;
use super::once::once;
use super::operator::{Keeps, Kept, Operator, apply};
use super::sizes::expect;
use super::{Element, InputTape, TapeDevice, Upload, Window};
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

    fn check(&self, input: usize, output: usize) {
        [self.vertical, self.horizontal].iter().for_each(Window::check);
        expect("input", input, &[self.planes, self.vertical.input, self.horizontal.input], self);
        expect("output", output, &[self.planes, self.vertical.output, self.horizontal.output], self);
    }
}

/// A device that computes two-dimensional max pooling.
pub trait MaxPool2dKernel<E: Dtype>: Device<E> + TapeDevice<E> + Upload {
    /// Takes the maximum of each window: see [the module](self).
    fn try_max_pool2d<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &MaxPool2dGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        portable::max_pool2d(x, output, geometry)
    }
}

impl<E: Element> MaxPool2dKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_max_pool2d<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &MaxPool2dGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, CpuError> {
        shaped(pool(flat(x)?, output.num_elements(), geometry)?, &output)
    }
}

/// The operation on flat tensors.
#[once]
fn pool<E: Element>(x: Recorded<E>, outputs: usize, geometry: &MaxPool2dGeometry) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    apply(Box::new(*geometry), vec![x], outputs)
}

impl<E: Element> Operator<E> for MaxPool2dGeometry {
    fn operation(&self) -> Operation {
        Operation::MaxPool2d(*self)
    }

    fn check(&self, inputs: &[usize], output: usize) {
        MaxPool2dGeometry::check(self, inputs[0], output);
    }

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
