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

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, Tensor};
use serde::{Deserialize, Serialize};

use super::cpu::{Recorded, flat, parameter, shaped};
use super::graph::Operation;
use super::once::once;
use super::operator::{Keeps, Kept, Operator, apply};
use super::sizes::expect;
use super::{Element, InputTape, TapeDevice, Upload, Window};
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

    fn check(&self, input: usize, weight: usize, bias: Option<usize>, output: usize) {
        let Conv2dGeometry { batch, in_channels, out_channels, groups, vertical, horizontal } = *self;
        assert!(groups > 0, "there must be a group: {self:?}");
        assert_eq!(in_channels % groups, 0, "input channels must divide into groups: {self:?}");
        assert_eq!(out_channels % groups, 0, "output channels must divide into groups: {self:?}");
        [vertical, horizontal].iter().for_each(Window::check);
        let weights = [out_channels, self.group_inputs(), vertical.kernel, horizontal.kernel];
        expect("input", input, &[batch, in_channels, vertical.input, horizontal.input], self);
        expect("weight", weight, &weights, self);
        bias.into_iter().for_each(|bias| expect("bias", bias, &[out_channels], self));
        expect("output", output, &[batch, out_channels, vertical.output, horizontal.output], self);
    }
}

/// A device that computes two-dimensional convolutions.
pub trait Conv2dKernel<E: Dtype>: Device<E> + TapeDevice<E> + Upload {
    /// Convolves a batch of images: see [the module](self).
    fn try_conv2d<X: AnyShape, W: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        weight: &Tensor<W, E, Self>,
        bias: Option<&Tensor<B, E, Self>>,
        output: Y,
        geometry: &Conv2dGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        portable::conv2d(x, weight, bias, output, geometry)
    }
}

impl<E: Element> Conv2dKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_conv2d<X: AnyShape, W: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        weight: &Tensor<W, E, Self>,
        bias: Option<&Tensor<B, E, Self>>,
        output: Y,
        geometry: &Conv2dGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, CpuError> {
        shaped(
            convolve(flat(x)?, parameter(weight)?, bias.map(parameter).transpose()?, output.num_elements(), geometry)?,
            &output,
        )
    }
}

/// The operation on flat tensors.
#[once]
fn convolve<E: Element>(
    x: Recorded<E>,
    weight: Recorded<E>,
    bias: Option<Recorded<E>>,
    outputs: usize,
    geometry: &Conv2dGeometry,
) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    apply(Box::new(*geometry), [x, weight].into_iter().chain(bias).collect(), outputs)
}

impl<E: Element> Operator<E> for Conv2dGeometry {
    fn operation(&self) -> Operation {
        Operation::Conv2d(*self)
    }

    fn check(&self, inputs: &[usize], output: usize) {
        Conv2dGeometry::check(self, inputs[0], inputs[1], inputs.get(2).copied(), output);
    }

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
