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

use dfdx::prelude::{Dtype, Tensor};
use serde::{Deserialize, Serialize};

use super::operation::{Geometry, Keeps, Kept, Operator, Portable, only};
use super::run::{Flat, OperationKernel};
use super::sizes::{count, fit_only};
use super::{Bin, Bins, Element, InputTape};
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
}

/// A device that computes two-dimensional average pooling.
pub trait AvgPool2dKernel<E: Dtype>: OperationKernel<E> {
    /// Averages each bin: see [the module](self).
    fn try_avg_pool2d<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &AvgPool2dGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        let y = Self::try_operation(geometry.clone().into(), vec![Self::try_flat(x)?], output.num_elements())?;
        Self::try_shaped(y, &output)
    }
}

impl<E: Dtype, D: OperationKernel<E>> AvgPool2dKernel<E> for D {}

impl Geometry for AvgPool2dGeometry {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        let AvgPool2dGeometry { planes, vertical, horizontal } = self;
        let is_inside = |axis: &Bins, bin: &Bin| bin.start <= bin.end && bin.end <= axis.input && bin.divisor > 0;
        let fits = |axis: &Bins| axis.bins.iter().all(|bin| is_inside(axis, bin));
        if !fits(vertical) || !fits(horizontal) {
            return Err(format!("each bin must lie inside the input, and be divided by a positive number: {self:?}"));
        }
        fit_only(inputs, &[*planes, vertical.input, horizontal.input], self)?;
        count(&[*planes, vertical.bins.len(), horizontal.bins.len()], self)
    }
}

impl Portable for AvgPool2dGeometry {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        portable::avg_pool2d(only(inputs), (1, outputs), self)
    }
}

impl<E: Element> Operator<E> for AvgPool2dGeometry {
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
