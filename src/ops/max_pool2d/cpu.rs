//! Max pooling, window by window.
//!
//! The backward pass looks for each maximum again rather than keep an index for every output.

use super::MaxPool2dGeometry;
use crate::ops::Element;
use crate::ops::parallel::for_each_chunk;

/// Calls `visit` with each output position of a plane, its maximum, and the input position of that, if it has one: a
/// window that lies in the padding altogether has none.
#[inline(always)]
fn maxima<E: Element>(geometry: &MaxPool2dGeometry, plane: &[E], mut visit: impl FnMut(usize, E, Option<usize>)) {
    let MaxPool2dGeometry { vertical, horizontal, .. } = geometry;
    for row in 0..vertical.output {
        let down = vertical.taps(row);
        for column in 0..horizontal.output {
            let along = horizontal.taps(column);
            let (mut maximum, mut position) = (E::neg_infinity(), None);
            for tap in down.clone() {
                let start = (row * vertical.stride + tap * vertical.dilation - vertical.padding) * horizontal.input;
                for tap in along.clone() {
                    let here = start + column * horizontal.stride + tap * horizontal.dilation - horizontal.padding;
                    let value = plane[here];
                    if value > maximum || value.is_nan() || position.is_none() {
                        (maximum, position) = (value, Some(here));
                    }
                }
            }
            visit(row * horizontal.output + column, maximum, position);
        }
    }
}

/// Writes the maximum of each window.
pub(super) fn forward<E: Element>(geometry: &MaxPool2dGeometry, input: &[E], output: &mut [E]) {
    let (length, steps) = (geometry.input_plane(), geometry.output_plane() * geometry.taps());
    for_each_chunk(output, geometry.output_plane(), steps, || (), |(), number, output| {
        maxima(geometry, &input[number * length..][..length], |to, maximum, _| output[to] = maximum);
    });
}

/// Adds each output's gradient to that of the element it was taken from.
pub(super) fn input_gradient<E: Element>(
    geometry: &MaxPool2dGeometry,
    input: &[E],
    upstream: &[E],
    gradient: &mut [E],
) {
    let (length, outputs) = (geometry.input_plane(), geometry.output_plane());
    for_each_chunk(gradient, length, outputs * geometry.taps(), || (), |(), number, gradient| {
        let (input, upstream) = (&input[number * length..][..length], &upstream[number * outputs..][..outputs]);
        maxima(geometry, input, |to, _, from| {
            if let Some(from) = from {
                gradient[from] += upstream[to];
            }
        });
    });
}
