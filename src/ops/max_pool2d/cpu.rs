//! Max pooling, window by window.
//!
//! The backward pass looks for each maximum again rather than keep an index for every output.

use std::ops::Range;

use super::MaxPool2dGeometry;
use crate::ops::parallel::for_each_chunk;
use crate::ops::{Element, Window};

/// The taps inside the input at each output position of a row.
fn taps_along(geometry: &MaxPool2dGeometry) -> Vec<Range<usize>> {
    (0..geometry.horizontal.output).map(|column| geometry.horizontal.taps(column)).collect()
}

/// Calls `visit` with each output position of a plane, its maximum, and the input position of that, if it has one: a
/// window that lies in the padding altogether has none.
#[inline(always)]
fn maxima<E: Element>(
    geometry: &MaxPool2dGeometry,
    taps_along: &[Range<usize>],
    plane: &[E],
    mut visit: impl FnMut(usize, E, Option<usize>),
) {
    match square(geometry) {
        Some(2) => return maxima_of_squares::<E, 2>(geometry, plane, visit),
        Some(3) => return maxima_of_squares::<E, 3>(geometry, plane, visit),
        _ => {}
    }
    let MaxPool2dGeometry { vertical, horizontal, .. } = geometry;
    for row in 0..vertical.output {
        let down = vertical.taps(row);
        for (column, along) in taps_along.iter().enumerate() {
            let at = |down: usize, along: usize| {
                let row = row * vertical.stride + down * vertical.dilation - vertical.padding;
                row * horizontal.input + column * horizontal.stride + along * horizontal.dilation - horizontal.padding
            };
            let to = row * horizontal.output + column;
            if down.is_empty() || along.is_empty() {
                visit(to, E::neg_infinity(), None);
                continue;
            }
            let mut position = at(down.start, along.start);
            let mut maximum = plane[position];
            for down in down.clone() {
                for along in along.clone() {
                    let here = at(down, along);
                    let value = plane[here];
                    // Without a branch, which would be mispredicted half of the time.
                    let greater = (value > maximum) | value.is_nan();
                    maximum = if greater { value } else { maximum };
                    position = if greater { here } else { position };
                }
            }
            visit(to, maximum, Some(position));
        }
    }
}

/// The side of a window that is a square without gaps and never leaves the image.
fn square(geometry: &MaxPool2dGeometry) -> Option<usize> {
    let MaxPool2dGeometry { vertical, horizontal, .. } = geometry;
    let inside = |axis: &Window| {
        axis.padding == 0
            && axis.dilation == 1
            && axis.output.saturating_sub(1) * axis.stride + axis.kernel <= axis.input
    };
    (vertical.kernel == horizontal.kernel && inside(vertical) && inside(horizontal)).then_some(vertical.kernel)
}

/// As [`maxima`], for windows of `SIDE` × `SIDE` that are [`square`]: the loops over the window unroll.
#[inline(always)]
fn maxima_of_squares<E: Element, const SIDE: usize>(
    geometry: &MaxPool2dGeometry,
    plane: &[E],
    mut visit: impl FnMut(usize, E, Option<usize>),
) {
    let MaxPool2dGeometry { vertical, horizontal, .. } = geometry;
    let width = horizontal.input;
    for row in 0..vertical.output {
        let top = row * vertical.stride * width;
        let rows: [&[E]; SIDE] = std::array::from_fn(|down| &plane[top + down * width..][..width]);
        for column in 0..horizontal.output {
            let left = column * horizontal.stride;
            let mut position = top + left;
            let mut maximum = rows[0][left];
            for (down, row) in rows.iter().enumerate() {
                for (along, &value) in row[left..left + SIDE].iter().enumerate() {
                    let greater = (value > maximum) | value.is_nan();
                    maximum = if greater { value } else { maximum };
                    position = if greater { top + down * width + left + along } else { position };
                }
            }
            visit(row * horizontal.output + column, maximum, Some(position));
        }
    }
}

/// Writes the maximum of each window.
pub(super) fn forward<E: Element>(geometry: &MaxPool2dGeometry, input: &[E], output: &mut [E]) {
    let along = taps_along(geometry);
    let (length, steps) = (geometry.input_plane(), geometry.output_plane() * geometry.taps());
    for_each_chunk(
        output,
        geometry.output_plane(),
        steps,
        || (),
        |(), number, output| {
            maxima(geometry, &along, &input[number * length..][..length], |to, maximum, _| output[to] = maximum);
        },
    );
}

/// Adds each output's gradient to that of the element it was taken from.
pub(super) fn input_gradient<E: Element>(
    geometry: &MaxPool2dGeometry,
    input: &[E],
    upstream: &[E],
    gradient: &mut [E],
) {
    let along = taps_along(geometry);
    let (length, outputs) = (geometry.input_plane(), geometry.output_plane());
    for_each_chunk(
        gradient,
        length,
        outputs * geometry.taps(),
        || (),
        |(), number, gradient| {
            let (input, upstream) = (&input[number * length..][..length], &upstream[number * outputs..][..outputs]);
            maxima(geometry, &along, input, |to, _, from| {
                if let Some(from) = from {
                    gradient[from] += upstream[to];
                }
            });
        },
    );
}
