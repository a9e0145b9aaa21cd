//! Softmax composed from dfdx's operations.

use dfdx::prelude::*;

use super::{Scale, SoftmaxGeometry};
use crate::ops::portable::{is_empty, touched};

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
    // dfdx's softmax takes the gradient of a strided tensor for that of a contiguous one, so the input is made contiguous.
    let x = x.try_contiguous()?.try_reshape_like(&(geometry.outer, geometry.classes, geometry.inner))?;
    let y = match scale {
        Scale::Linear => x.try_softmax::<Axis<1>>()?,
        Scale::Logarithmic => x.try_log_softmax::<Axis<1>>()?,
    };
    y.try_reshape_like(&shape)
}
