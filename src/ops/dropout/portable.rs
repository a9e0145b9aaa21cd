//! Dropout with dfdx's operation.

use dfdx::prelude::*;

use crate::ops::portable::{is_empty, touched};

/// As [`DropoutKernel::try_dropout`](super::DropoutKernel::try_dropout), on any device.
pub fn dropout<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<S, E, D, T>,
    probability: f64,
) -> Result<Tensor<S, E, D, T>, D::Err> {
    if is_empty(&x) {
        return Ok(touched(x));
    }
    // dfdx draws one random value for each stored element, so the elements that share storage would be dropped together.
    x.try_contiguous()?.try_dropout(probability)
}
