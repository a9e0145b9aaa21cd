//! The lookup composed from dfdx's operations.

use dfdx::prelude::*;

use super::EmbeddingGeometry;
use crate::ops::Upload;
use crate::ops::portable::zeros;

/// As [`EmbeddingKernel::try_embedding`](super::EmbeddingKernel::try_embedding), on any device.
pub fn embedding<W: Shape, Y: Shape, E: Dtype, D: Device<E> + Upload + Storage<usize>, T: Tape<E, D>>(
    indices: &[usize],
    weight: Tensor<W, E, D, T>,
    output: Y,
    geometry: &EmbeddingGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    geometry.check(indices, weight.shape().num_elements(), output.num_elements());
    if output.num_elements() == 0 {
        return zeros(weight, output);
    }
    let index = weight.device().try_upload(indices, (indices.len(),))?;
    let rows = weight.try_reshape_like(&(geometry.rows, geometry.width))?;
    let y: Tensor<(usize, usize), E, D, T> = rows.try_gather(index)?;
    y.try_reshape_like(&output)
}
