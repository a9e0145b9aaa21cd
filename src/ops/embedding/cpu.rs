//! Rows, copied one after the other.

use super::EmbeddingGeometry;
use crate::ops::Element;

/// Writes the rows.
pub(super) fn forward<E: Element>(geometry: &EmbeddingGeometry, indices: &[usize], weight: &[E], output: &mut [E]) {
    let width = geometry.width;
    for (&index, output) in indices.iter().zip(output.chunks_exact_mut(width.max(1))) {
        output.copy_from_slice(&weight[index * width..][..width]);
    }
}

/// Adds to the gradient of the weight: each row's in the order of its outputs.
pub(super) fn weight_gradient<E: Element>(
    geometry: &EmbeddingGeometry,
    indices: &[usize],
    upstream: &[E],
    gradient: &mut [E],
) {
    let width = geometry.width;
    for (&index, upstream) in indices.iter().zip(upstream.chunks_exact(width.max(1))) {
        let row = &mut gradient[index * width..][..width];
        row.iter_mut().zip(upstream).for_each(|(gradient, &upstream)| *gradient += upstream);
    }
}
