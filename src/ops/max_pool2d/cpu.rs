//! Max pooling, window by window.
//!
//! The backward pass looks for each maximum again rather than keep an index for every output.

use std::ops::Range;

use super::MaxPool2dGeometry;
use crate::ops::parallel::for_each_chunk;
use crate::ops::vectorized::{InstructionSet, vectorized};
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
    let (along, set) = (taps_along(geometry), InstructionSet::best());
    let (length, outputs) = (geometry.input_plane(), geometry.output_plane());
    for_each_chunk(
        gradient,
        length,
        outputs * geometry.taps(),
        || (),
        |(), number, gradient| {
            let (input, upstream) = (&input[number * length..][..length], &upstream[number * outputs..][..outputs]);
            if square(geometry) == Some(2) && geometry.vertical.stride == 2 && geometry.horizontal.stride == 2 {
                let widths = (geometry.horizontal.input, geometry.horizontal.output);
                return halving_gradient(set, widths, input, upstream, gradient);
            }
            maxima(geometry, &along, input, |to, _, from| {
                if let Some(from) = from {
                    gradient[from] += upstream[to];
                }
            });
        },
    );
}

vectorized! {
    /// As [`input_gradient`] of one plane, for the windows of 2 × 2 that halve an image; `widths` are those of a row of it, and
    /// of a row of the output.
    fn halving_gradient<E, const FUSES: bool>(
        widths: (usize, usize), plane: &[E], upstream: &[E], gradient: &mut [E],
    ) {
        /// The greater of two with its position: the first, if they are equal; one that isn't a number, the last of those.
        #[inline(always)]
        fn greater<E: Element>(first: (E, usize), second: (E, usize)) -> (E, usize) {
            // Without a branch, which would be mispredicted half of the time.
            let is_greater = (second.0 > first.0) | second.0.is_nan();
            (if is_greater { second.0 } else { first.0 }, if is_greater { second.1 } else { first.1 })
        }

        let (width, outputs) = widths;
        if outputs == 0 {
            return;
        }
        let pairs = plane.chunks_exact(2 * width).zip(gradient.chunks_exact_mut(2 * width));
        for ((plane, gradient), upstream) in pairs.zip(upstream.chunks_exact(outputs)) {
            let (top, bottom) = plane.split_at(width);
            let windows = top.as_chunks::<2>().0.iter().zip(bottom.as_chunks::<2>().0).zip(upstream);
            for (window, ((top, bottom), &upstream)) in windows.enumerate() {
                let top = greater((top[0], 0), (top[1], 1));
                let bottom = greater((bottom[0], width), (bottom[1], width + 1));
                gradient[2 * window + greater(top, bottom).1] += upstream;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::sample;

    #[test]
    fn every_instruction_set_has_the_gradient() {
        let round = |values: Vec<f64>| values.into_iter().map(f64::round).collect::<Vec<_>>(); // so that some are equal
        let (width, outputs) = (39, 19);
        let (plane, upstream) = (round(sample(4 * width, 1)), sample(2 * outputs, 2));
        let gradient = |set| {
            let mut gradient = vec![0.0; 4 * width];
            halving_gradient(set, (width, outputs), &plane, &upstream, &mut gradient);
            gradient
        };
        let portable = gradient(InstructionSet::Portable);
        assert!(portable.iter().filter(|&&gradient| gradient != 0.0).count() == 2 * outputs);
        assert!(InstructionSet::all().all(|set| gradient(set) == portable));
    }
}
