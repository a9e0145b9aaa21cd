//! Transposed convolution composed from dfdx's operations. Like convolution, it gathers the inputs of each output position, and
//! multiplies matrices. With a stride greater than 1, most of the gathered and multiplied values are zeros.

use dfdx::prelude::*;

use super::ConvTranspose2dGeometry;
use crate::ops::conv2d::portable::{Reads, gather_and_multiply};
use crate::ops::operation::Geometry;
use crate::ops::portable::{is_empty, zeros_of};
use crate::ops::window::positions;
use crate::ops::{Upload, Window};

/// The input position whose tap is at an output position, if there is one.
fn source(window: &Window, output: usize, tap: usize) -> Option<usize> {
    let distance = (output + window.padding).checked_sub(tap * window.dilation)?;
    let input = distance / window.stride;
    (distance % window.stride == 0 && input < window.input).then_some(input)
}

/// As [`ConvTranspose2dKernel::try_conv_transpose2d`](super::ConvTranspose2dKernel::try_conv_transpose2d), on any device.
pub fn conv_transpose2d<X: Shape, W: Shape, B: Shape, Y: Shape, E: Dtype, D: Device<E> + Upload, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    weight: &Tensor<W, E, D>,
    bias: Option<&Tensor<B, E, D>>,
    output: Y,
    geometry: &ConvTranspose2dGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    let bias_length = bias.map(|bias| bias.shape().num_elements());
    let inputs = [Some(x.shape().num_elements()), Some(weight.shape().num_elements()), bias_length];
    geometry.check(&inputs.into_iter().flatten().collect::<Vec<_>>(), output.num_elements());
    if output.num_elements() == 0 || is_empty(&x) || is_empty(weight) {
        return zeros_of(x, weight, bias, output);
    }
    let ConvTranspose2dGeometry { batch, groups, vertical, horizontal, .. } = geometry;
    let (inputs, outputs, taps) = (geometry.in_channels / groups, geometry.out_channels / groups, geometry.taps());
    let weight = weight.retaped::<T>().try_reshape_like(&(*groups, inputs, outputs, taps))?;
    let weight = weight.try_permute::<(usize, usize, usize, usize), Axes4<0, 1, 3, 2>>()?;
    let weight = weight.try_reshape_like(&(*groups, inputs * taps, outputs))?;
    let index =
        x.device().try_keep(("conv_transpose2d", (*vertical, *horizontal)), |(_, (vertical, horizontal))| {
            let positions = positions(&vertical, &horizontal, source);
            x.device().try_upload(&positions, (positions.len(),))
        })?;
    gather_and_multiply(x, weight, bias, output, Reads { batch: *batch, taps, index })
}
