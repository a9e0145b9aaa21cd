//! Two-dimensional convolution: a cross-correlation, as usual in deep learning.
//!
//! With `p(o, t) = o · stride + t · dilation − padding` on each axis and zeros outside the input, output channel `k` of group `g`
//! is
//!
//! ```text
//! y[n, k, i, j] = bias[k] + Σ_{c in g} Σ_u Σ_v  weight[k, c, u, v] · x[n, c, p(i, u), p(j, v)]
//! ```
//!
//! # Precision
//! Products are summed in an order that depends on the kernel. Convolutions with 3 × 3 kernels and stride 1 use Winograd's
//! algorithm where it is faster. It rounds more: in single precision, the largest error among thousands of outputs is up to 12
//! times that of the direct sum above, 2.4e-5 instead of 2.8e-6 for 64 channels and outputs of variance 1. An infinite or NaN
//! input makes all outputs of its 4 × 4 tile infinite or NaN. `SHAPEWRIGHT_KERNELS=direct` uses the direct sum everywhere.
//!
//! # Shapes
//!
//! | tensor   | elements, in this order                                        |
//! |----------|----------------------------------------------------------------|
//! | `x`      | `(batch, in_channels, height, width)`                          |
//! | `weight` | `(out_channels, in_channels / groups, kernel height and width)` |
//! | `bias`   | `(out_channels)`                                               |
//! | output   | `(batch, out_channels, output height and width)`               |

pub(super) mod cpu;
pub(crate) mod pixels;
pub mod portable;
#[cfg(test)]
mod tests;
mod unfolded;

use dfdx::prelude::{Dtype, Tensor};
use serde::{Deserialize, Serialize};

use super::operation::{Geometry, Keeps, Kept, Operator, Portable, with_weight};
use super::run::{Flat, OperationKernel};
use super::sizes::{count, fit, fit_optional};
use super::{Element, InputTape, Window};
use crate::parameters::AnyShape;
pub(crate) use cpu::Kernel;

/// The sizes of a two-dimensional convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conv2dGeometry {
    /// The number of examples.
    pub batch: usize,
    /// The number of input channels, a multiple of `groups`.
    pub in_channels: usize,
    /// The number of output channels, a multiple of `groups`.
    pub out_channels: usize,
    /// The number of groups that the channels are divided into. Each output reads only the inputs of its own group.
    pub groups: usize,
    /// How the kernel moves down the image.
    pub vertical: Window,
    /// How the kernel moves along a row.
    pub horizontal: Window,
}

impl Conv2dGeometry {
    /// The number of input channels that an output channel reads.
    pub(super) fn group_inputs(&self) -> usize {
        self.in_channels / self.groups
    }

    /// The number of output channels of a group.
    pub(super) fn group_outputs(&self) -> usize {
        self.out_channels / self.groups
    }

    /// The number of positions of the kernel.
    pub(super) fn taps(&self) -> usize {
        self.vertical.kernel * self.horizontal.kernel
    }

    /// The number of input values that contribute to an output value.
    pub(super) fn fan_in(&self) -> usize {
        self.group_inputs() * self.taps()
    }

    /// The number of positions of an input channel.
    pub(super) fn input_plane(&self) -> usize {
        self.vertical.input * self.horizontal.input
    }

    /// The number of positions of an output channel.
    pub(crate) fn output_plane(&self) -> usize {
        self.vertical.output * self.horizontal.output
    }
}

/// A device that computes two-dimensional convolutions.
pub trait Conv2dKernel<E: Dtype>: OperationKernel<E> {
    /// Convolves a batch of images: see [the module](self).
    fn try_conv2d<X: AnyShape, W: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        weight: &Tensor<W, E, Self>,
        bias: Option<&Tensor<B, E, Self>>,
        output: Y,
        geometry: &Conv2dGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        let mut inputs = vec![Self::try_flat(x)?, Self::try_parameter(weight)?];
        if let Some(bias) = bias {
            inputs.push(Self::try_parameter(bias)?);
        }
        Self::try_shaped(Self::try_operation((*geometry).into(), inputs, output.num_elements())?, &output)
    }
}

impl<E: Dtype, D: OperationKernel<E>> Conv2dKernel<E> for D {}

impl Geometry for Conv2dGeometry {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        let Conv2dGeometry { batch, in_channels, out_channels, groups, vertical, horizontal } = *self;
        if groups == 0 || in_channels % groups != 0 || out_channels % groups != 0 {
            return Err(format!("input channels and output channels must divide into groups: {self:?}"));
        }
        vertical.fits()?;
        horizontal.fits()?;
        fit("input", inputs, 0, &[batch, in_channels, vertical.input, horizontal.input], self)?;
        let weights = [out_channels, in_channels / groups, vertical.kernel, horizontal.kernel];
        fit("weight", inputs, 1, &weights, self)?;
        fit_optional("bias", inputs, 2, &[out_channels], self)?;
        count(&[batch, out_channels, vertical.output, horizontal.output], self)
    }

    fn values(&self) -> usize {
        1
    }
}

impl Portable for Conv2dGeometry {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        let (x, weight, bias) = with_weight(inputs);
        portable::conv2d(x, &weight, bias.as_ref(), (1, outputs), self)
    }
}

impl<E: Element> Operator<E> for Conv2dGeometry {
    fn keeps(&self) -> Keeps {
        Keeps::Inputs
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(cpu::Kernel::best(self), self, inputs[0], inputs[1], inputs.get(2).copied(), output);
    }

    fn backward(&self, input: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        match input {
            0 => cpu::input_gradient(self, kept.inputs[1], upstream, gradient),
            1 => cpu::weight_gradient(self, kept.inputs[0], upstream, gradient),
            _ => cpu::bias_gradient(self, upstream, gradient),
        }
    }
}
