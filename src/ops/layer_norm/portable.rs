//! Layer normalization, composed of dfdx's operations.

use dfdx::prelude::*;

use super::LayerNormGeometry;
use crate::ops::portable::{is_empty, scalar, spread, sum_middle, touched, zeros};

/// As [`LayerNormKernel::try_layer_norm`](super::LayerNormKernel::try_layer_norm), on any device.
pub fn layer_norm<X: Shape, W: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    weight: Option<Tensor<W, E, D, T>>,
    bias: Option<Tensor<W, E, D, T>>,
    output: Y,
    geometry: &LayerNormGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    let LayerNormGeometry { rows, width, epsilon } = *geometry;
    if is_empty(&x) {
        let (y, mut tape) = zeros(x, output)?.split_tape();
        for parameter in [weight, bias].into_iter().flatten() {
            tape = tape.merge(touched(parameter).split_tape().1);
        }
        return Ok(y.put_tape(tape));
    }
    let count = scalar::<E>(width as f64);
    let along = |sums: Tensor<(usize, usize), E, D, T>| spread(sums.try_reshape_like(&(rows, 1))?, width);
    let x = x.try_reshape_like(&(rows, width, 1))?;
    let mean = along(sum_middle(x.retaped::<T>())?.try_div(count)?)?;
    let centred = x.try_sub(mean)?;
    let variance = sum_middle(centred.retaped::<T>().try_square()?)?.try_div(count)?;
    let scale = along(variance.try_add(scalar::<E>(epsilon))?.try_sqrt()?.try_recip()?)?;
    let mut y = centred.try_mul(scale)?;
    let each_row = |parameter: Tensor<W, E, D, T>| {
        spread(parameter.try_reshape_like(&(1, width))?, rows)?.try_reshape_like(&(rows, width, 1))
    };
    if let Some(weight) = weight {
        y = y.try_mul(each_row(weight)?)?;
    }
    if let Some(bias) = bias {
        y = y.try_add(each_row(bias)?)?;
    }
    y.try_reshape_like(&output)
}
