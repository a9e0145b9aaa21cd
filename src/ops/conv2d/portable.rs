//! Convolution composed from dfdx's operations: gather what each output position reads, then multiply matrices.

use dfdx::prelude::*;

use super::Conv2dGeometry;
use crate::ops::portable::{constant, is_empty, touch, zeros};
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
        let (y, tape) = zeros(x, output)?.split_tape();
        let tape = touch(weight, tape);
        let tape = if let Some(bias) = bias { touch(bias, tape) } else { tape };
        return Ok(y.put_tape(tape));
    }
    let Conv2dGeometry { batch, in_channels, out_channels, groups, .. } = *geometry;
    let (inputs, outputs) = (geometry.group_inputs(), geometry.group_outputs());
    let (fan_in, taps, plane) = (geometry.fan_in(), geometry.taps(), geometry.output_plane());
    let device = x.device().clone();

    // Positions come first, so that one index serves all examples and channels; a row of zeros is the padding.
    let x = x.try_reshape_like(&(batch * in_channels, geometry.input_plane()))?;
    let x = x.try_permute::<(usize, usize), Axes2<1, 0>>()?.try_contiguous()?;
    let padding = constant(&device, (1, batch * in_channels), &vec![E::default(); batch * in_channels])?;
    let x = (x, padding).try_concat_along(Axis::<0>)?;
    let index = device.try_tensor_from_vec(positions(&geometry.vertical, &geometry.horizontal), (plane * taps,))?;
    let x: Tensor<(usize, usize), E, D, T> = x.try_gather(index)?;

    // A matrix a group: what each position of each example reads, times the weight.
    let x = x.try_reshape_like(&(plane, taps, batch, groups, inputs))?;
    let x = x.try_permute::<(usize, usize, usize, usize, usize), Axes5<3, 0, 2, 4, 1>>()?;
    let x = x.try_reshape_like(&(groups, plane * batch, fan_in))?;
    let weight = weight.retaped::<T>().try_reshape_like(&(groups, outputs, fan_in))?;
    let weight = weight.try_permute::<(usize, usize, usize), Axes3<0, 2, 1>>()?;
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
