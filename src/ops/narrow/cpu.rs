//! A range of columns, row by row.

use super::NarrowGeometry;
use crate::ops::Element;
use crate::ops::once::once;
use crate::ops::parallel::for_each_chunk;

/// Writes the columns that are kept.
#[once]
pub(super) fn forward<E: Element>(geometry: &NarrowGeometry, input: &[E], output: &mut [E]) {
    let NarrowGeometry { length, start, width, .. } = *geometry;
    for_each_chunk(
        output,
        width,
        width,
        || (),
        |(), row, output| output.copy_from_slice(&input[row * length + start..][..width]),
    );
}

/// Adds to the gradient of the columns that were kept.
#[once]
pub(super) fn input_gradient<E: Element>(geometry: &NarrowGeometry, upstream: &[E], gradient: &mut [E]) {
    let NarrowGeometry { length, start, width, .. } = *geometry;
    for_each_chunk(
        gradient,
        length,
        width,
        || (),
        |(), row, gradient| {
            let upstream = &upstream[row * width..][..width];
            gradient[start..].iter_mut().zip(upstream).for_each(|(gradient, &upstream)| *gradient += upstream);
        },
    );
}
