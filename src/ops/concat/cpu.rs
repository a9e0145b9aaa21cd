//! Concatenation, one row of the output after the other.

use super::ConcatGeometry;
use crate::ops::Element;
use crate::ops::once::once;
use crate::ops::parallel::for_each_chunk;

/// Writes the runs of all parts, row by row.
#[once]
pub(super) fn forward<E: Element>(geometry: &ConcatGeometry, parts: &[&[E]], output: &mut [E]) {
    let length = geometry.length();
    for_each_chunk(
        output,
        length,
        length,
        || (),
        |(), row, mut output| {
            for (part, &width) in parts.iter().zip(&geometry.parts) {
                let (run, rest) = output.split_at_mut(width);
                run.copy_from_slice(&part[row * width..][..width]);
                output = rest;
            }
        },
    );
}

/// Adds to the gradient of one part.
#[once]
pub(super) fn part_gradient<E: Element>(geometry: &ConcatGeometry, number: usize, upstream: &[E], gradient: &mut [E]) {
    let (length, width) = (geometry.length(), geometry.parts[number]);
    let start: usize = geometry.parts[..number].iter().sum();
    for_each_chunk(
        gradient,
        width,
        width,
        || (),
        |(), row, gradient| {
            let upstream = &upstream[row * length + start..];
            gradient.iter_mut().zip(upstream).for_each(|(gradient, &upstream)| *gradient += upstream);
        },
    );
}
