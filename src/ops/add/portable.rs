//! Addition composed from dfdx's operations.

use dfdx::prelude::*;

use crate::ops::portable::{distinct, touched, zeros};

/// As [`AddKernel::try_add`](super::AddKernel::try_add), on any device.
pub fn add<A: Shape, B: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    a: Tensor<A, E, D, T>,
    b: Tensor<B, E, D, T>,
    output: Y,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    if output.num_elements() == 0 {
        let (y, tape) = zeros(a, output)?.split_tape();
        let (_, own) = touched(b).split_tape();
        return Ok(y.put_tape(tape.merge(own)));
    }
    // Both may be the same tensor, for which dfdx's sum has no gradient.
    let b = distinct(b.try_reshape_like(&output)?)?;
    a.try_reshape_like(&output)?.try_add(b)
}
