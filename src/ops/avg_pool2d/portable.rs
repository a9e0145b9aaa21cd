//! Average pooling composed from dfdx's operations: a matrix product for each axis.
//!
//! Unlike in the kernel, an infinite or NaN element makes all outputs of its plane infinite or NaN, because zero times infinity
//! is NaN.

use dfdx::prelude::*;

use super::AvgPool2dGeometry;
use crate::ops::operation::Geometry;
use crate::ops::portable::{is_empty, on_both_axes, scalar, zeros};
use crate::ops::{Bins, Upload};

/// The matrix `(input, output)` that computes the averages of the bins along an axis.
fn averages<E: Dtype, D: Device<E> + Upload>(device: &D, bins: &Bins) -> Result<Tensor<(usize, usize), E, D>, D::Err> {
    device.try_keep(("averages", bins.clone()), |(_, bins)| {
        let outputs = bins.bins.len();
        let mut matrix = vec![E::default(); bins.input * outputs];
        for (output, bin) in bins.bins.iter().enumerate() {
            for input in bin.start..bin.end {
                matrix[input * outputs + output] = scalar(1.0 / bin.divisor as f64);
            }
        }
        device.try_upload(&matrix, (bins.input, outputs))
    })
}

/// As [`AvgPool2dKernel::try_avg_pool2d`](super::AvgPool2dKernel::try_avg_pool2d), on any device.
pub fn avg_pool2d<X: Shape, Y: Shape, E: Dtype, D: Device<E> + Upload, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    output: Y,
    geometry: &AvgPool2dGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    geometry.check(&[x.shape().num_elements()], output.num_elements());
    if output.num_elements() == 0 || is_empty(&x) {
        return zeros(x, output);
    }
    let down = averages(x.device(), &geometry.vertical)?;
    let along = averages(x.device(), &geometry.horizontal)?;
    on_both_axes(x, output, geometry.planes, down, along)
}
