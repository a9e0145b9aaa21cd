//! Concatenation composed from dfdx's operations, two tensors at a time.

use dfdx::prelude::*;

use super::{ConcatGeometry, together};
use crate::ops::operation::Geometry;
use crate::ops::portable::{distinct, is_empty, touch};

/// As [`ConcatKernel::try_concat`](super::ConcatKernel::try_concat), on any device.
pub fn concat<E: Dtype, D: Device<E>, T: Tape<E, D>>(
    parts: Vec<Tensor<(usize, usize), E, D, T>>,
    geometry: &ConcatGeometry,
) -> Result<Tensor<(usize, usize), E, D, T>, D::Err> {
    let (parts, mut tape) = together(parts.into_iter().map(SplitTape::split_tape).collect());
    let (batch, width) = geometry.output();
    let lengths: Vec<usize> = parts.iter().map(|part| part.shape().num_elements()).collect();
    geometry.check(&lengths, batch * width);
    let mut joined: Option<Tensor<(usize, usize), E, D, T>> = None;
    for (part, &width) in parts.iter().zip(&geometry.parts) {
        if is_empty(part) {
            tape = touch(part, tape);
            continue;
        }
        let part = part.retaped::<T>().try_reshape_like(&(geometry.batch * geometry.rows, width))?;
        joined = Some(match joined {
            // The second part may be the same tensor as the first, for which dfdx has no gradient.
            None => distinct(part)?,
            Some(joined) => (joined, part).try_concat_along(Axis::<1>)?,
        });
    }
    let Some(joined) = joined else {
        return Ok(parts[0].device().try_zeros_like(&geometry.output())?.put_tape(tape));
    };
    let (y, own) = joined.try_reshape_like(&geometry.output())?.split_tape();
    Ok(y.put_tape(tape.merge(own)))
}
