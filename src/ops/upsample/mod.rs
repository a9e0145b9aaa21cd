//! Two-dimensional upsampling, as `torch.nn.functional.interpolate` does it.
//!
//! Each axis is [stretched](Stretch): output position `i` corresponds to position `p(i)` in the input. With the neighbours `l`
//! and `h` of `p(i)`, and its distance `λ` from `l`,
//!
//! ```text
//! y[n, i, j] = (1 − λ i) · (1 − λ j) · x[n, l i, l j]  +  (1 − λ i) · λ j · x[n, l i, h j]
//!            +       λ i · (1 − λ j) · x[n, h i, l j]  +        λ i · λ j · x[n, h i, h j]
//! ```
//!
//! The [`Mode`] defines `p(i)`. The output may have any size. If it is smaller than the input, positions between the sources are
//! ignored; use adaptive average pooling to average them.
//!
//! # Shapes
//!
//! The input has the elements `(planes, height, width)` in this order, the output `(planes, output height, output width)`. The
//! number of planes is examples times channels.

mod cpu;
pub mod portable;
mod stretch;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Dtype, Tensor};
use serde::{Deserialize, Serialize};

pub(super) use stretch::Source;
pub use stretch::Stretch;

use super::operation::{Geometry, Keeps, Kept, Operator, Portable, only};
use super::run::{Flat, OperationKernel};
use super::sizes::{count, fit_only};
use super::{Element, InputTape};
use crate::parameters::AnyShape;

/// How an output value is computed from the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// The value at `⌊i · input / output⌋`.
    Nearest,
    /// Linear interpolation between the two neighbours on each axis.
    Bilinear {
        /// If true, the centres of the outermost positions coincide: `p(i) = i · (input − 1) / (output − 1)`. If false, the edges
        /// coincide: `p(i) = (i + ½) · input / output − ½`, limited to the input.
        align_corners: bool,
    },
}

/// The sizes of an upsampling.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpsampleGeometry {
    /// The number of images: examples times channels.
    pub planes: usize,
    /// How the height is stretched.
    pub vertical: Stretch,
    /// How the width is stretched.
    pub horizontal: Stretch,
    /// How output values are computed.
    pub mode: Mode,
}

impl UpsampleGeometry {
    /// The number of positions of an image.
    pub(super) fn input_plane(&self) -> usize {
        self.vertical.input * self.horizontal.input
    }

    /// The number of positions of an upsampled image.
    pub(super) fn output_plane(&self) -> usize {
        self.vertical.output * self.horizontal.output
    }
}

/// A device that computes two-dimensional upsampling.
pub trait UpsampleKernel<E: Dtype>: OperationKernel<E> {
    /// Stretches each image: see [the module](self).
    fn try_upsample<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &UpsampleGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        let y = Self::try_operation((*geometry).into(), vec![Self::try_flat(x)?], output.num_elements())?;
        Self::try_shaped(y, &output)
    }
}

impl<E: Dtype, D: OperationKernel<E>> UpsampleKernel<E> for D {}

impl Geometry for UpsampleGeometry {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        let UpsampleGeometry { planes, vertical, horizontal, .. } = *self;
        fit_only(inputs, &[planes, vertical.input, horizontal.input], self)?;
        count(&[planes, vertical.output, horizontal.output], self)
    }
}

impl Portable for UpsampleGeometry {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        portable::upsample(only(inputs), (1, outputs), self)
    }
}

impl<E: Element> Operator<E> for UpsampleGeometry {
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
