//! A range of columns, composed from dfdx's operations.

use dfdx::prelude::*;

use super::NarrowGeometry;
use crate::ops::operation::Geometry;
use crate::ops::portable::{distinct, zeros};

/// As [`NarrowKernel::try_narrow`](super::NarrowKernel::try_narrow), on any device.
pub fn narrow<X: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    output: Y,
    geometry: &NarrowGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    geometry.check(&[x.shape().num_elements()], output.num_elements());
    if output.num_elements() == 0 {
        return zeros(x, output);
    }
    let NarrowGeometry { outer, length, start, width } = *geometry;
    // In the backward pass, dfdx's slice overwrites the gradient instead of adding to it, so it gets a tensor without other uses.
    let x = distinct(x.try_reshape_like(&(outer, length))?)?;
    x.try_slice((0..outer, start..start + width))?.try_reshape_like(&output)
}
