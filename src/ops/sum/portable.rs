//! The sum of all elements, composed from dfdx's operations.

use dfdx::prelude::*;

use crate::ops::portable::{is_empty, sum_middle, zeros};

/// As [`SumKernel::try_sum_all`](super::SumKernel::try_sum_all), on any device.
pub fn sum<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<S, E, D, T>,
) -> Result<Tensor<(), E, D, T>, D::Err> {
    if is_empty(&x) {
        return zeros(x, ());
    }
    let count = x.shape().num_elements();
    sum_middle(x.try_contiguous()?.try_reshape_like(&(1, count, 1))?)?.try_reshape_like(&())
}
