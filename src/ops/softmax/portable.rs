//! Softmax composed from dfdx's operations.

use dfdx::prelude::*;

use super::{Scale, SoftmaxGeometry};
use crate::ops::portable::{is_empty, spread, sum_middle, touched};

/// As [`SoftmaxKernel::try_softmax`](super::SoftmaxKernel::try_softmax), on any device.
pub fn softmax<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<S, E, D, T>,
    scale: Scale,
    geometry: &SoftmaxGeometry,
) -> Result<Tensor<S, E, D, T>, D::Err> {
    if is_empty(&x) {
        return Ok(touched(x));
    }
    let shape = *x.shape();
    let classes = geometry.classes;
    let x = x.try_contiguous()?.try_reshape_like(&(geometry.outer, classes, geometry.inner))?;
    // Adding the same value to all logits of a vector doesn't change the result, so the maximum needs no gradient.
    let greatest = x.retaped::<NoneTape>().try_max::<(usize, usize), Axis<1>>()?;
    let x = x.try_sub(spread(greatest, classes)?)?;
    let total = sum_middle(x.retaped::<T>().try_exp()?)?;
    let y = match scale {
        Scale::Linear => x.try_exp()?.try_div(spread(total, classes)?)?,
        Scale::Logarithmic => x.try_sub(spread(total.try_ln()?, classes)?)?,
    };
    y.try_reshape_like(&shape)
}
