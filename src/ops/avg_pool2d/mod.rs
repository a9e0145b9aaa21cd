//! Two-dimensional average pooling, sliding and adaptive.
//!
//! Each axis is divided into [`Bins`], one for each output position:
//!
//! ```text
//! y[n, i, j] = Σ_{u in bin i} Σ_{v in bin j} x[n, u, v] / (divisor i · divisor j)
//! ```
//!
//! [`Bins::sliding`] are the windows of ordinary pooling, [`Bins::adaptive`] those of adaptive pooling. One bin per axis averages
//! the whole image.
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
use super::{Bins, Element, InputTape, TapeDevice, Upload};
use crate::parameters::AnyShape;

/// The sizes of a two-dimensional average pooling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvgPool2dGeometry {
    /// The number of images: examples times channels.
    pub planes: usize,
    /// How the height is divided.
    pub vertical: Bins,
    /// How the width is divided.
    pub horizontal: Bins,
}

impl AvgPool2dGeometry {
    /// The number of positions of an image.
    pub(super) fn input_plane(&self) -> usize {
        self.vertical.input * self.horizontal.input
    }

    /// The number of positions of a pooled image.
    pub(super) fn output_plane(&self) -> usize {
        self.vertical.bins.len() * self.horizontal.bins.len()
    }

    fn check(&self, input: usize, output: usize) {
        let inside = |axis: &Bins| axis.bins.iter().all(|bin| bin.start <= bin.end && bin.end <= axis.input);
        assert!(inside(&self.vertical) && inside(&self.horizontal), "each bin must lie inside the input: {self:?}");
        expect("input", input, &[self.planes, self.vertical.input, self.horizontal.input], self);
        expect("output", output, &[self.planes, self.vertical.bins.len(), self.horizontal.bins.len()], self);
    }
}

/// A device that computes two-dimensional average pooling.
pub trait AvgPool2dKernel<E: Dtype>: Device<E> + TapeDevice<E> + Upload {
    /// Averages each bin: see [the module](self).
    fn try_avg_pool2d<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &AvgPool2dGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        portable::avg_pool2d(x, output, geometry)
    }
}

impl<E: Element> AvgPool2dKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_avg_pool2d<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &AvgPool2dGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, CpuError> {
        shaped(average(flat(x)?, output.num_elements(), geometry)?, &output)
    }
}

/// The operation on flat tensors.
#[once]
fn average<E: Element>(x: Recorded<E>, outputs: usize, geometry: &AvgPool2dGeometry) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    apply(Box::new(geometry.clone()), vec![x], outputs)
}

impl<E: Element> Operator<E> for AvgPool2dGeometry {
    fn operation(&self) -> Operation {
        Operation::AvgPool2d(self.clone())
    }

    fn check(&self, inputs: &[usize], output: usize) {
        AvgPool2dGeometry::check(self, inputs[0], output);
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
