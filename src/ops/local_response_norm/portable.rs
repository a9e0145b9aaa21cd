//! Local response normalization composed from dfdx's operations: a matrix product sums over the channels.

use dfdx::prelude::*;

use super::LocalResponseNormGeometry;
use crate::ops::Upload;
use crate::ops::portable::{is_empty, scalar, touched};

/// As [`LocalResponseNormKernel::try_local_response_norm`](super::LocalResponseNormKernel::try_local_response_norm), on
/// any device.
pub fn local_response_norm<S: Shape, E: Dtype, D: Device<E> + Upload, T: Tape<E, D>>(
    x: Tensor<S, E, D, T>,
    geometry: &LocalResponseNormGeometry,
) -> Result<Tensor<S, E, D, T>, D::Err> {
    if is_empty(&x) {
        return Ok(touched(x));
    }
    let (shape, LocalResponseNormGeometry { batch, channels, spatial, .. }) = (*x.shape(), *geometry);
    let near = x.device().try_keep(("near", channels, geometry.size, geometry.alpha.to_bits()), |_| {
        let mut near = vec![E::default(); channels * channels];
        for channel in 0..channels {
            for other in geometry.near(channel) {
                near[other * channels + channel] = scalar(geometry.alpha / geometry.size as f64);
            }
        }
        x.device().try_upload(&near, (channels, channels))
    })?;

    let x = x.try_contiguous()?;
    let squares = x.retaped::<T>().try_square()?.try_reshape_like(&(batch, channels, spatial))?;
    let squares = squares.try_permute::<(usize, usize, usize), Axes3<0, 2, 1>>()?;
    let means = squares.try_reshape_like(&(batch * spatial, channels))?.try_matmul(near)?;
    let means = means.try_reshape_like(&(batch, spatial, channels))?;
    let means = means.try_permute::<(usize, usize, usize), Axes3<0, 2, 1>>()?.try_reshape_like(&shape)?;
    let scales = means.try_add(scalar::<E>(geometry.k))?.try_powf(-geometry.beta)?;
    x.try_mul(scales)
}
