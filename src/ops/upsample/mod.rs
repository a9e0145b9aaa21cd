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

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, Tensor};
use serde::{Deserialize, Serialize};

pub(super) use stretch::Source;
pub use stretch::Stretch;

use super::cpu::{Recorded, flat, shaped};
use super::graph::Operation;
use super::once::once;
use super::operator::{Keeps, Kept, Operator, apply};
use super::sizes::expect;
use super::{Element, InputTape, TapeDevice, Upload};
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

    fn check(&self, input: usize, output: usize) {
        expect("input", input, &[self.planes, self.vertical.input, self.horizontal.input], self);
        expect("output", output, &[self.planes, self.vertical.output, self.horizontal.output], self);
    }
}

/// A device that computes two-dimensional upsampling.
pub trait UpsampleKernel<E: Dtype>: Device<E> + TapeDevice<E> + Upload {
    /// Stretches each image: see [the module](self).
    fn try_upsample<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &UpsampleGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        portable::upsample(x, output, geometry)
    }
}

impl<E: Element> UpsampleKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_upsample<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &UpsampleGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, CpuError> {
        shaped(upsample(flat(x)?, output.num_elements(), geometry)?, &output)
    }
}

/// The operation on flat tensors.
#[once]
fn upsample<E: Element>(x: Recorded<E>, outputs: usize, geometry: &UpsampleGeometry) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    apply(Box::new(*geometry), vec![x], outputs)
}

impl<E: Element> Operator<E> for UpsampleGeometry {
    fn operation(&self) -> Operation {
        Operation::Upsample(*self)
    }

    fn check(&self, inputs: &[usize], output: usize) {
        UpsampleGeometry::check(self, inputs[0], output);
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
