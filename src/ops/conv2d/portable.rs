//! Convolution composed from dfdx's operations: gathers the inputs of each output position, then multiplies matrices.

use dfdx::prelude::*;

use super::Conv2dGeometry;
use crate::ops::operation::Geometry;
use crate::ops::portable::{is_empty, per_channel, zeros_of};
use crate::ops::window::positions;
use crate::ops::{Upload, Window};

/// The limit in bytes for gathered inputs, if they aren't kept for a backward pass.
const WORKSPACE: usize = 1 << 29;

/// As [`Conv2dKernel::try_conv2d`](super::Conv2dKernel::try_conv2d), on any device.
pub fn conv2d<X: Shape, W: Shape, B: Shape, Y: Shape, E: Dtype, D: Device<E> + Upload, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    weight: &Tensor<W, E, D>,
    bias: Option<&Tensor<B, E, D>>,
    output: Y,
    geometry: &Conv2dGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    conv2d_within(WORKSPACE, x, weight, bias, output, geometry)
}

/// As [`conv2d`], with another limit for gathered inputs.
pub(super) fn conv2d_within<X: Shape, W: Shape, B: Shape, Y: Shape, E: Dtype, D: Device<E> + Upload, T: Tape<E, D>>(
    workspace: usize,
    x: Tensor<X, E, D, T>,
    weight: &Tensor<W, E, D>,
    bias: Option<&Tensor<B, E, D>>,
    output: Y,
    geometry: &Conv2dGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    let bias_length = bias.map(|bias| bias.shape().num_elements());
    let inputs = [Some(x.shape().num_elements()), Some(weight.shape().num_elements()), bias_length];
    geometry.check(&inputs.into_iter().flatten().collect::<Vec<_>>(), output.num_elements());
    if output.num_elements() == 0 || is_empty(&x) || is_empty(weight) {
        return zeros_of(x, weight, bias, output);
    }
    let gathered = geometry.in_channels * geometry.taps() * geometry.output_plane() * size_of::<E>();
    if !T::OWNS_TAPE && geometry.batch > 1 && geometry.batch.saturating_mul(gathered) > workspace {
        return in_halves(x, output, geometry, |x, output, geometry| {
            conv2d_within(workspace, x, weight, bias, output, geometry)
        });
    }
    let (groups, outputs, fan_in) = (geometry.groups, geometry.group_outputs(), geometry.fan_in());
    let weight = weight.retaped::<T>().try_reshape_like(&(groups, outputs, fan_in))?;
    let weight = weight.try_permute::<(usize, usize, usize), Axes3<0, 2, 1>>()?;
    let windows = (geometry.vertical, geometry.horizontal);
    let index = x.device().try_keep(("conv2d", windows), |(_, (vertical, horizontal))| {
        let positions = positions(&vertical, &horizontal, Window::position);
        x.device().try_upload(&positions, (positions.len(),))
    })?;
    gather_and_multiply(x, weight, bias, output, Reads { batch: geometry.batch, taps: geometry.taps(), index })
}

type Rows<E, D, T> = Tensor<(usize, usize), E, D, T>;

/// Computes the two halves of the batch one after the other. Each half may be halved again.
fn in_halves<X: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    output: Y,
    geometry: &Conv2dGeometry,
    convolve: impl Fn(Rows<E, D, T>, (usize, usize), &Conv2dGeometry) -> Result<Rows<E, D, T>, D::Err>,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    let (batch, half) = (geometry.batch, geometry.batch / 2);
    let (inputs, outputs) = (x.shape().num_elements() / batch, output.num_elements() / batch);
    let x = x.try_reshape_like(&(batch, inputs))?;
    let part = |examples: std::ops::Range<usize>| {
        let geometry = Conv2dGeometry { batch: examples.len(), ..*geometry };
        let shape = (examples.len(), outputs);
        convolve(x.retaped::<T>().try_slice((examples, 0..inputs))?, shape, &geometry)
    };
    (part(0..half)?, part(half..batch)?).try_concat_along(Axis::<0>)?.try_reshape_like(&output)
}

/// The inputs that each output position reads.
pub(in crate::ops) struct Reads<D: Storage<usize>> {
    /// The number of examples.
    pub(in crate::ops) batch: usize,
    /// The number of input positions that each output position reads.
    pub(in crate::ops) taps: usize,
    /// The input position in the plane for each output position and each tap. Padding has the position after the last one.
    pub(in crate::ops) index: Tensor<(usize,), usize, D>,
}

/// The part that convolution and transposed convolution share. The weight is a matrix `(fan in, outputs)` for each group, where
/// the fan-in is the number of input channels times the number of taps.
pub(in crate::ops) fn gather_and_multiply<X: Shape, B: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    weight: Tensor<(usize, usize, usize), E, D, T>,
    bias: Option<&Tensor<B, E, D>>,
    output: Y,
    reads: Reads<D>,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    let (Reads { batch, taps, index }, (groups, fan_in, outputs)) = (reads, *weight.shape());
    let (plane, inputs) = (index.shape().0 / taps, fan_in / taps);
    let (in_planes, out_channels) = (batch * groups * inputs, groups * outputs);

    // Positions become the first axis, so that one index serves all examples and channels. A row of zeros is the padding.
    let input_plane = x.shape().num_elements() / in_planes;
    let x = x.try_reshape_like(&(in_planes, input_plane))?;
    let x = x.try_permute::<(usize, usize), Axes2<1, 0>>()?.try_contiguous()?;
    let padding = x.device().try_zeros_like(&(1, in_planes))?;
    let x = (x, padding).try_concat_along(Axis::<0>)?;
    let x: Rows<E, D, T> = x.try_gather(index)?;

    // Multiplies a matrix for each group: the inputs of each position of each example, times the weight.
    let x = x.try_reshape_like(&(plane, taps, batch, groups, inputs))?;
    let x = x.try_permute::<(usize, usize, usize, usize, usize), Axes5<3, 0, 2, 4, 1>>()?;
    let x = x.try_reshape_like(&(groups, plane * batch, fan_in))?;
    let y = x.try_matmul(weight)?.try_reshape_like(&(groups, plane, batch, outputs))?;
    let y = y.try_permute::<(usize, usize, usize, usize), Axes4<2, 0, 3, 1>>()?;
    let y = y.try_reshape_like(&(batch, out_channels, plane))?;
    let y = match bias {
        Some(bias) => {
            let bias = bias.retaped::<T>().try_reshape_like(&(out_channels,))?;
            y.try_add(per_channel(bias, &(batch, out_channels, plane))?)?
        }
        None => y,
    };
    y.try_reshape_like(&output)
}
