//! Upsampling composed from dfdx's operations: a matrix product for each axis.
//!
//! Unlike in the kernel, an infinite or NaN element makes all outputs of its plane infinite or NaN, because zero times infinity
//! is NaN.

use dfdx::prelude::*;

use super::{Mode, Stretch, UpsampleGeometry};
use crate::ops::Upload;
use crate::ops::operation::Geometry;
use crate::ops::portable::{is_empty, on_both_axes, scalar, zeros};

/// The matrix `(input, output)` that stretches an axis.
fn shares<E: Dtype, D: Device<E> + Upload>(
    device: &D,
    stretch: &Stretch,
    mode: Mode,
) -> Result<Tensor<(usize, usize), E, D>, D::Err> {
    let Stretch { input, output, factor } = *stretch;
    device.try_keep(("shares", input, output, factor.map(f64::to_bits), mode), |_| {
        let mut matrix = vec![E::default(); input * output];
        for (position, source) in stretch.sources(mode).iter().enumerate() {
            matrix[source.low * output + position] += scalar(1.0 - source.share);
            matrix[source.high * output + position] += scalar(source.share);
        }
        device.try_upload(&matrix, (input, output))
    })
}

/// As [`UpsampleKernel::try_upsample`](super::UpsampleKernel::try_upsample), on any device.
pub fn upsample<X: Shape, Y: Shape, E: Dtype, D: Device<E> + Upload, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    output: Y,
    geometry: &UpsampleGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    geometry.check(&[x.shape().num_elements()], output.num_elements());
    if output.num_elements() == 0 || is_empty(&x) {
        return zeros(x, output);
    }
    let down = shares(x.device(), &geometry.vertical, geometry.mode)?;
    let along = shares(x.device(), &geometry.horizontal, geometry.mode)?;
    on_both_axes(x, output, geometry.planes, down, along)
}
