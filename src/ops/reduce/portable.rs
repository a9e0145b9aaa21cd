//! Reductions, composed of dfdx's operations.

use dfdx::prelude::*;

use super::{Function, ReduceGeometry};
use crate::ops::portable::{scalar, sum_middle, zeros};

/// As [`ReduceKernel::try_reduce`](super::ReduceKernel::try_reduce), on any device.
pub fn reduce<X: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    output: Y,
    geometry: &ReduceGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    if output.num_elements() == 0 {
        return zeros(x, output);
    }
    let ReduceGeometry { function, outer, count, inner } = *geometry;
    let x = x.try_reshape_like(&(outer, count, inner))?;
    let y = match function {
        Function::Sum => sum_middle(x),
        Function::Mean => sum_middle(x)?.try_div(scalar::<E>(count as f64)),
        Function::Max => greatest(x),
        Function::Min => greatest(x.try_negate()?)?.try_negate(),
    };
    y?.try_reshape_like(&output)
}

/// The greatest along the middle axis. Equal ones are averaged, so that they share the gradient evenly.
fn greatest<E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<(usize, usize, usize), E, D, T>,
) -> Result<Tensor<(usize, usize), E, D, T>, D::Err> {
    let sizes = *x.shape();
    let values = x.retaped::<NoneTape>();
    let best = values.clone().try_max::<(usize, usize), Axis<1>>()?.try_broadcast_like::<_, Axis<1>>(&sizes)?;
    let is_best = values.try_eq(&best)?;
    let zeros = x.device().try_zeros_like(&sizes)?;
    let ones = zeros.clone().try_add(scalar::<E>(1.0))?;
    let equal = is_best.clone().try_choose(ones, zeros.clone())?.try_sum::<(usize, usize), Axis<1>>()?;
    sum_middle(is_best.try_choose(x, zeros)?)?.try_div(equal)
}
