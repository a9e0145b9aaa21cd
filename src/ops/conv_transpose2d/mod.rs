//! Two-dimensional transposed convolution, as PyTorch's `ConvTranspose2d`. It computes what the gradient of a convolution's input
//! is.
//!
//! With `p(i, t) = i · stride + t · dilation − padding` on each axis, each input value is multiplied by the weight of each tap,
//! and added to the output at `p`. Positions outside the output are left out. Output channel `k` of group `g` is
//!
//! ```text
//! y[n, k, a, b] = bias[k] + Σ_{c in g} Σ_{p(i, u) = a} Σ_{p(j, v) = b}  weight[c, k, u, v] · x[n, c, i, j]
//! ```
//!
//! # Shapes
//!
//! | tensor   | elements, in this order                                         |
//! |----------|-----------------------------------------------------------------|
//! | `x`      | `(batch, in_channels, height, width)`                           |
//! | `weight` | `(in_channels, out_channels / groups, kernel height and width)` |
//! | `bias`   | `(out_channels)`                                                |
//! | output   | `(batch, out_channels, output height and width)`                |

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Dtype, Tensor};
use serde::{Deserialize, Serialize};

use super::conv2d::Conv2dGeometry;
use super::operation::{Geometry, Keeps, Kept, Operator, Portable, with_weight};
use super::run::{Flat, OperationKernel};
use super::sizes::{count, fit, fit_optional};
use super::{Element, InputTape, Window};
use crate::parameters::AnyShape;

/// The sizes of a two-dimensional transposed convolution.
///
/// The windows have this operation's input and output, but slide over the output: at *input* position `i`, tap `t` is at *output*
/// position `i · stride + t · dilation − padding`. PyTorch's output has
/// `(input − 1) · stride − 2 · padding + dilation · (kernel − 1) + output_padding + 1` positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConvTranspose2dGeometry {
    /// The number of examples.
    pub batch: usize,
    /// The number of input channels, a multiple of `groups`.
    pub in_channels: usize,
    /// The number of output channels, a multiple of `groups`.
    pub out_channels: usize,
    /// The number of groups that the channels are divided into. Each input contributes only to the outputs of its own group.
    pub groups: usize,
    /// How the kernel moves down the output.
    pub vertical: Window,
    /// How the kernel moves along a row of the output.
    pub horizontal: Window,
}

impl ConvTranspose2dGeometry {
    /// The convolution from the output to the input, whose transpose this is.
    pub(crate) fn convolution(&self) -> Conv2dGeometry {
        let reverse = |window: Window| Window { input: window.output, output: window.input, ..window };
        Conv2dGeometry {
            batch: self.batch,
            in_channels: self.out_channels,
            out_channels: self.in_channels,
            groups: self.groups,
            vertical: reverse(self.vertical),
            horizontal: reverse(self.horizontal),
        }
    }

    /// The number of positions of the kernel.
    pub(super) fn taps(&self) -> usize {
        self.vertical.kernel * self.horizontal.kernel
    }

    /// The number of positions of an output channel.
    pub(super) fn output_plane(&self) -> usize {
        self.vertical.output * self.horizontal.output
    }
}

/// A device that computes two-dimensional transposed convolutions.
pub trait ConvTranspose2dKernel<E: Dtype>: OperationKernel<E> {
    /// Computes the transposed convolution of a batch of images: see [the module](self).
    fn try_conv_transpose2d<X: AnyShape, W: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        weight: &Tensor<W, E, Self>,
        bias: Option<&Tensor<B, E, Self>>,
        output: Y,
        geometry: &ConvTranspose2dGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        let mut inputs = vec![Self::try_flat(x)?, Self::try_parameter(weight)?];
        if let Some(bias) = bias {
            inputs.push(Self::try_parameter(bias)?);
        }
        Self::try_shaped(Self::try_operation((*geometry).into(), inputs, output.num_elements())?, &output)
    }
}

impl<E: Dtype, D: OperationKernel<E>> ConvTranspose2dKernel<E> for D {}

impl Geometry for ConvTranspose2dGeometry {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        let ConvTranspose2dGeometry { batch, in_channels, out_channels, groups, vertical, horizontal } = *self;
        if groups == 0 || in_channels % groups != 0 || out_channels % groups != 0 {
            return Err(format!("input channels and output channels must divide into groups: {self:?}"));
        }
        // The windows of this convolution reach the same positions as the taps do here.
        let convolution = self.convolution();
        convolution.vertical.fits()?;
        convolution.horizontal.fits()?;
        fit("input", inputs, 0, &[batch, in_channels, vertical.input, horizontal.input], self)?;
        let weights = [in_channels, out_channels / groups, vertical.kernel, horizontal.kernel];
        fit("weight", inputs, 1, &weights, self)?;
        fit_optional("bias", inputs, 2, &[out_channels], self)?;
        count(&[batch, out_channels, vertical.output, horizontal.output], self)
    }

    fn values(&self) -> usize {
        1
    }
}

impl Portable for ConvTranspose2dGeometry {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        let (x, weight, bias) = with_weight(inputs);
        portable::conv_transpose2d(x, &weight, bias.as_ref(), (1, outputs), self)
    }
}

impl<E: Element> Operator<E> for ConvTranspose2dGeometry {
    fn keeps(&self) -> Keeps {
        Keeps::Inputs
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(self, inputs[0], inputs[1], inputs.get(2).copied(), output);
    }

    fn backward(&self, input: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        match input {
            0 => cpu::input_gradient(self, kept.inputs[1], upstream, gradient),
            1 => cpu::weight_gradient(self, kept.inputs[0], upstream, gradient),
            _ => cpu::bias_gradient(self, upstream, gradient),
        }
    }
}
