//! Convolution composed from dfdx's operations: gather what each output position reads, then multiply matrices.

use dfdx::prelude::*;

use super::Conv2dGeometry;
use crate::ops::Window;
use crate::ops::portable::{constant, is_empty, zeros_of};
use crate::ops::window::positions;

/// As [`Conv2dKernel::try_conv2d`](super::Conv2dKernel::try_conv2d), on any device.
pub fn conv2d<X: Shape, W: Shape, B: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    weight: &Tensor<W, E, D>,
    bias: Option<&Tensor<B, E, D>>,
    output: Y,
    geometry: &Conv2dGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    if output.num_elements() == 0 || is_empty(&x) || is_empty(weight) {
        return zeros_of(x, weight, bias, output);
    }
    let (groups, outputs, fan_in) = (geometry.groups, geometry.group_outputs(), geometry.fan_in());
    let weight = weight.retaped::<T>().try_reshape_like(&(groups, outputs, fan_in))?;
    let weight = weight.try_permute::<(usize, usize, usize), Axes3<0, 2, 1>>()?;
    let positions = positions(&geometry.vertical, &geometry.horizontal, Window::position);
    gather_and_multiply(x, weight, bias, output, &Reads { batch: geometry.batch, taps: geometry.taps(), positions })
}

/// What each output position reads.
pub(in crate::ops) struct Reads {
    /// How many examples there are.
    pub(in crate::ops) batch: usize,
    /// How many input positions each output position reads.
    pub(in crate::ops) taps: usize,
    /// For each output position and each tap, the input position in the plane; behind the last where there is none.
    pub(in crate::ops) positions: Vec<usize>,
}

/// What convolution and its transpose have in common. The weight is a matrix a group, `(fan in, outputs)`, where a
/// fan-in is the input channels times the taps.
pub(in crate::ops) fn gather_and_multiply<X: Shape, B: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    weight: Tensor<(usize, usize, usize), E, D, T>,
    bias: Option<&Tensor<B, E, D>>,
    output: Y,
    reads: &Reads,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    let (Reads { batch, taps, positions }, (groups, fan_in, outputs)) = (reads, *weight.shape());
    let (batch, taps, plane, inputs) = (*batch, *taps, positions.len() / taps, fan_in / taps);
    let (in_planes, out_channels) = (batch * groups * inputs, groups * outputs);
    let device = x.device().clone();

    // Positions come first, so that one index serves all examples and channels; a row of zeros is the padding.
    let input_plane = x.shape().num_elements() / in_planes;
    let x = x.try_reshape_like(&(in_planes, input_plane))?;
    let x = x.try_permute::<(usize, usize), Axes2<1, 0>>()?.try_contiguous()?;
    let padding = constant(&device, (1, in_planes), &vec![E::default(); in_planes])?;
    let x = (x, padding).try_concat_along(Axis::<0>)?;
    let index = device.try_tensor_from_vec(positions.clone(), (plane * taps,))?;
    let x: Tensor<(usize, usize), E, D, T> = x.try_gather(index)?;

    // A matrix a group: what each position of each example reads, times the weight.
    let x = x.try_reshape_like(&(plane, taps, batch, groups, inputs))?;
    let x = x.try_permute::<(usize, usize, usize, usize, usize), Axes5<3, 0, 2, 4, 1>>()?;
    let x = x.try_reshape_like(&(groups, plane * batch, fan_in))?;
    let y = x.try_matmul(weight)?.try_reshape_like(&(groups, plane, batch, outputs))?;
    let y = y.try_permute::<(usize, usize, usize, usize), Axes4<2, 0, 3, 1>>()?;
    let y = y.try_reshape_like(&(batch, out_channels, plane))?;
    let y = match bias {
        Some(bias) => {
            let bias = bias.retaped::<T>().try_reshape_like(&(out_channels,))?;
            y.try_add(bias.try_broadcast_like::<_, Axes2<0, 2>>(&(batch, out_channels, plane))?)?
        }
        None => y,
    };
    y.try_reshape_like(&output)
}
