//! Products of matrices, composed of dfdx's operations.

use dfdx::prelude::*;

use super::MatmulGeometry;
use crate::ops::portable::{distinct, spread, touched, zeros};

/// As [`MatmulKernel::try_matmul`](super::MatmulKernel::try_matmul), on any device.
pub fn matmul<A: Shape, B: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    left: Tensor<A, E, D, T>,
    right: Tensor<B, E, D, T>,
    output: Y,
    geometry: &MatmulGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    let &MatmulGeometry { batch, rows, inner, columns, shares_left, shares_right } = geometry;
    if output.num_elements() == 0 || inner == 0 {
        let (y, tape) = zeros(left, output)?.split_tape();
        let (_, own) = touched(right).split_tape();
        return Ok(y.put_tape(tape.merge(own)));
    }
    // Both may be the same tensor, for which dfdx's product has no gradient.
    let right = distinct(right)?;
    if shares_right && !shares_left {
        let left = left.try_reshape_like(&(batch * rows, inner))?;
        return left.try_matmul(right.try_reshape_like(&(inner, columns))?)?.try_reshape_like(&output);
    }
    let left = each_of(left, batch, rows, inner, shares_left)?;
    left.try_matmul(each_of(right, batch, inner, columns, shares_right)?)?.try_reshape_like(&output)
}

/// A matrix for each product of the batch.
fn each_of<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<S, E, D, T>,
    batch: usize,
    rows: usize,
    columns: usize,
    is_shared: bool,
) -> Result<Tensor<(usize, usize, usize), E, D, T>, D::Err> {
    if !is_shared {
        return x.try_reshape_like(&(batch, rows, columns));
    }
    spread(x.try_reshape_like(&(1, rows * columns))?, batch)?.try_reshape_like(&(batch, rows, columns))
}
