//! The affine transformation composed from dfdx's operations.

use dfdx::prelude::*;

use super::LinearGeometry;
use crate::ops::portable::{is_empty, spread, zeros_of};

/// As [`LinearKernel::try_linear`](super::LinearKernel::try_linear), on any device.
pub fn linear<X: Shape, W: Shape, B: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    weight: &Tensor<W, E, D>,
    bias: Option<&Tensor<B, E, D>>,
    output: Y,
    geometry: &LinearGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    if output.num_elements() == 0 || is_empty(&x) {
        return zeros_of(x, weight, bias, output);
    }
    let LinearGeometry { rows, inputs, outputs } = *geometry;
    let x = x.try_reshape_like(&(rows, inputs))?;
    let weight = weight.retaped::<T>().try_reshape_like(&(outputs, inputs))?;
    let y = x.try_matmul(weight.try_permute::<(usize, usize), Axes2<1, 0>>()?)?;
    let y = match bias {
        Some(bias) => {
            let bias = bias.retaped::<T>().try_reshape_like(&(1, outputs))?;
            y.try_add(spread(bias, rows)?.try_reshape_like(&(rows, outputs))?)?
        }
        None => y,
    };
    y.try_reshape_like(&output)
}
