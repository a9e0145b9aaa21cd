//! Max pooling, row by row.
//!
//! The elements of a row are rearranged into phases: with a stride of `s`, phase 0 has every `s`-th element from the first on,
//! phase 1 every `s`-th from the second on, and so on. Then the inputs of one tap for consecutive outputs are contiguous, and can
//! be loaded as vectors.
//!
//! The backward pass searches for each maximum again instead of keeping an index for every output.

use super::MaxPool2dGeometry;
use crate::ops::once::once;
use crate::ops::parallel::for_each_chunk;
use crate::ops::vectorized::{InstructionSet, vectorized};
use crate::ops::{Element, Window};

/// The layout of rows in phases.
struct Layout {
    axis: Window,
    /// The number of elements in a phase.
    length: usize,
    /// Where the inputs of each tap begin.
    taps: Vec<usize>,
}

impl Layout {
    fn new(axis: Window) -> Self {
        let reach = |tap: usize| tap * axis.dilation;
        let length = (axis.output.saturating_sub(1) * axis.stride + reach(axis.kernel - 1)) / axis.stride + 1;
        let place = |tap| reach(tap) % axis.stride * length + reach(tap) / axis.stride;
        Layout { axis, length, taps: (0..axis.kernel).map(place).collect() }
    }

    /// A row that consists of padding.
    fn padding<E: Element>(&self) -> Vec<E> {
        vec![E::neg_infinity(); self.axis.stride * self.length]
    }

    /// Writes a row into phases that already hold the padding.
    #[inline(always)]
    fn spread<E: Element>(&self, row: &[E], phases: &mut [E]) {
        match self.axis.stride {
            1 => self.spread_by(1, row, phases),
            2 => self.spread_by(2, row, phases),
            stride => self.spread_by(stride, row, phases),
        }
    }

    #[inline(always)]
    fn spread_by<E: Element>(&self, stride: usize, row: &[E], phases: &mut [E]) {
        let padding = self.axis.padding;
        for (number, phase) in phases.chunks_exact_mut(self.length).enumerate() {
            let first = (number + stride - padding % stride) % stride;
            let (Some(row), Some(phase)) = (row.get(first..), phase.get_mut((first + padding) / stride..)) else {
                continue;
            };
            let (whole, rest) = (row.chunks_exact(stride), row.len() / stride);
            phase.iter_mut().zip(whole).for_each(|(to, from)| *to = from[0]);
            if let (Some(to), Some(&from)) = (phase.get_mut(rest), row.get(rest * stride)) {
                *to = from;
            }
        }
    }

    /// The input of a tap for each output.
    #[inline(always)]
    fn met<'a, E>(&self, tap: usize, phases: &'a [E]) -> &'a [E] {
        &phases[self.taps[tap]..][..self.axis.output]
    }
}

/// Whether a value replaces the maximum so far: if it is greater, or NaN.
#[inline(always)]
fn takes_over<E: Element>(value: E, greatest: E) -> bool {
    // Both are evaluated without a branch, which would be mispredicted half of the time.
    (value > greatest) | value.is_nan()
}

/// Writes the maximum of the rows at each position.
#[inline(always)]
fn greatest<E: Element, const ROWS: usize>(rows: [&[E]; ROWS], to: &mut [E]) {
    let rows = rows.map(|row| &row[..to.len()]);
    for (at, to) in to.iter_mut().enumerate() {
        let mut greatest = rows[0][at];
        for row in &rows[1..] {
            greatest = if takes_over(row[at], greatest) { row[at] } else { greatest };
        }
        *to = greatest;
    }
}

/// As [`greatest`], for `count` rows, of which there is at least one. `other` is as long as `to`.
#[inline(always)]
fn greatest_of_all<'a, E: Element>(count: usize, row: impl Fn(usize) -> &'a [E], to: &mut [E], other: &mut [E]) {
    match count {
        1 => to.copy_from_slice(row(0)),
        2 => greatest([row(0), row(1)], to),
        _ => {
            greatest([row(0), row(1), row(2)], to);
            for number in 3..count {
                other.copy_from_slice(to);
                greatest([other, row(number)], to);
            }
        }
    }
}

/// Replaces maxima by greater values, and `places` by `from` at the same positions. `before` is scratch memory of the same
/// length.
///
/// The old maxima are copied first: otherwise the compiler would use masked stores for the unchanged ones, which are slow.
#[inline(always)]
fn raise<E: Element>(
    [to, places]: &mut [Vec<E>; 2],
    [before, places_before]: &mut [Vec<E>; 2],
    values: &[E],
    from: impl Iterator<Item = E>,
) {
    before.copy_from_slice(to);
    places_before.copy_from_slice(places);
    let (to, before) = (to.iter_mut().zip(places), before.iter().zip(&*places_before));
    for ((((to, place), (&before, &place_before)), &value), from) in to.zip(before).zip(values).zip(from) {
        let over = takes_over(value, before);
        *to = if over { value } else { before };
        *place = if over { from } else { place_before };
    }
}

/// The row of an image that a tap reads, for a row of the output.
#[inline(always)]
fn row_met(vertical: &Window, row: usize, tap: usize) -> usize {
    row * vertical.stride + tap * vertical.dilation - vertical.padding
}

/// Writes the maximum of each window.
#[once]
pub(super) fn forward<E: Element>(geometry: &MaxPool2dGeometry, input: &[E], output: &mut [E]) {
    let (set, layout, plane) = (InstructionSet::best(), Layout::new(geometry.horizontal), geometry.input_plane());
    for_each_chunk(
        output,
        geometry.output_plane(),
        geometry.output_plane() * geometry.taps() / 4,
        || {
            let Window { input, output, .. } = geometry.horizontal;
            [vec![E::zero(); input], vec![E::zero(); input.max(output)], layout.padding()]
        },
        |scratch, number, output| {
            if geometry.halves() {
                return halves(set, widths(geometry), &input[number * plane..][..plane], output);
            }
            maxima(set, &geometry.vertical, &layout, &input[number * plane..][..plane], scratch, output);
        },
    );
}

/// Adds the gradient of each output to that of the input element that was its maximum.
#[once]
pub(super) fn input_gradient<E: Element>(
    geometry: &MaxPool2dGeometry,
    input: &[E],
    upstream: &[E],
    gradient: &mut [E],
) {
    let (set, places) = (InstructionSet::best(), Places::new(geometry));
    let (plane, outputs) = (geometry.input_plane(), geometry.output_plane());
    for_each_chunk(
        gradient,
        plane,
        outputs * geometry.taps(),
        || places.scratch(),
        |scratch, number, gradient| {
            let (input, upstream) = (&input[number * plane..][..plane], &upstream[number * outputs..][..outputs]);
            if geometry.halves() {
                return halving_gradient(set, widths(geometry), input, upstream, gradient);
            }
            gradients(set, &places, input, upstream, scratch, gradient);
        },
    );
}

impl MaxPool2dGeometry {
    /// Whether the pooling has 2 × 2 windows with stride 2, so that it halves an image.
    fn halves(&self) -> bool {
        [self.vertical, self.horizontal].into_iter().all(|axis| {
            let inside = axis.padding == 0 && axis.dilation == 1 && 2 * axis.output <= axis.input;
            inside && axis.kernel == 2 && axis.stride == 2
        })
    }
}

/// The widths of a row of the image and of the output.
fn widths(geometry: &MaxPool2dGeometry) -> (usize, usize) {
    (geometry.horizontal.input, geometry.horizontal.output)
}

/// Finds the positions of the maxima.
struct Places {
    vertical: Window,
    layout: Layout,
    /// The first tap that isn't in the padding, for each column of the output. `None` if all taps are.
    first: Vec<Option<usize>>,
    /// The distance of each tap from the first tap, row by row of the window.
    offsets: Vec<usize>,
}

/// Scratch memory for the search for maxima and their positions.
struct Scratch<E> {
    phases: Vec<E>,
    /// The maxima of the windows along each row of the image, and the tap of each.
    rows: [Vec<E>; 2],
    /// The maxima and taps of one row, or of the windows of one row of the output; and the same before the last step.
    found: [Vec<E>; 2],
    before: [Vec<E>; 2],
}

impl Places {
    fn new(geometry: &MaxPool2dGeometry) -> Self {
        let MaxPool2dGeometry { vertical, horizontal, .. } = *geometry;
        let first = |column| Some(horizontal.taps(column)).filter(|taps| !taps.is_empty()).map(|taps| taps.start);
        let along = |down| (0..horizontal.kernel).map(move |along| (down, along));
        let offset = |(down, along)| down * vertical.dilation * horizontal.input + along * horizontal.dilation;
        Places {
            vertical,
            layout: Layout::new(horizontal),
            first: (0..horizontal.output).map(first).collect(),
            offsets: (0..vertical.kernel).flat_map(along).map(offset).collect(),
        }
    }

    fn scratch<E: Element>(&self) -> Scratch<E> {
        let outputs = self.layout.axis.output;
        let numbers = |rows: usize| [vec![E::zero(); rows * outputs], vec![E::zero(); rows * outputs]];
        Scratch {
            phases: self.layout.padding(),
            rows: numbers(self.vertical.input),
            found: numbers(1),
            before: numbers(1),
        }
    }
}

vectorized! {
    /// Writes the maxima of one plane.
    fn maxima<E, const FUSES: bool>(
        vertical: &Window, layout: &Layout, plane: &[E], scratch: &mut [Vec<E>; 3], output: &mut [E],
    ) {
        let ([line, other, phases], width) = (scratch, layout.axis.input);
        for (row, output) in output.chunks_exact_mut(layout.axis.output.max(1)).enumerate() {
            let taps = vertical.taps(row);
            if taps.is_empty() {
                output.fill(E::neg_infinity());
                continue;
            }
            let met = |tap| &plane[row_met(vertical, row, taps.start + tap) * width..][..width];
            greatest_of_all(taps.len(), met, line, &mut other[..width]);
            layout.spread(line, phases);
            let other = &mut other[..output.len()];
            greatest_of_all(layout.axis.kernel, |tap| layout.met(tap, phases), output, other);
        }
    }

    /// As [`maxima`], for 2 × 2 windows that halve an image.
    fn halves<E, const FUSES: bool>(widths: (usize, usize), plane: &[E], output: &mut [E]) {
        let (width, outputs) = widths;
        if outputs == 0 {
            return;
        }
        let greater = |first: E, second: E| if takes_over(second, first) { second } else { first };
        for (plane, output) in plane.chunks_exact(2 * width).zip(output.chunks_exact_mut(outputs)) {
            let (top, bottom) = plane.split_at(width);
            let windows = top.as_chunks::<2>().0.iter().zip(bottom.as_chunks::<2>().0);
            for (to, (top, bottom)) in output.iter_mut().zip(windows) {
                *to = greater(greater(top[0], top[1]), greater(bottom[0], bottom[1]));
            }
        }
    }

    /// As [`input_gradient`], for one plane.
    fn gradients<E, const FUSES: bool>(
        places: &Places, plane: &[E], upstream: &[E], scratch: &mut Scratch<E>, gradient: &mut [E],
    ) {
        let Places { vertical, layout, first, offsets } = places;
        let Scratch { phases, rows: [maxima, taps], found, before } = scratch;
        let Window { input: width, output: outputs, kernel, stride, padding, .. } = layout.axis;
        if outputs == 0 {
            return;
        }
        // Rows are searched first, so that the first of equal maxima is found: all of one row come before those of the next.
        let rows = maxima.chunks_exact_mut(outputs).zip(taps.chunks_exact_mut(outputs)).zip(plane.chunks_exact(width));
        for ((maxima, taps), row) in rows {
            layout.spread(row, phases);
            found[0].fill(E::neg_infinity());
            found[1].iter_mut().zip(first).for_each(|(tap, first)| *tap = E::of(first.unwrap_or(0) as f64));
            for tap in 0..kernel {
                raise(found, before, layout.met(tap, phases), std::iter::repeat(E::of(tap as f64)));
            }
            maxima.copy_from_slice(&found[0]);
            taps.copy_from_slice(&found[1]);
        }
        for (row, upstream) in upstream.chunks_exact(outputs).enumerate() {
            let mut down = vertical.taps(row);
            let Some(start) = down.next() else { continue };
            let line = |tap| row_met(vertical, row, tap) * outputs..(row_met(vertical, row, tap) + 1) * outputs;
            let code = |tap| E::of((tap * kernel) as f64);
            found[0].copy_from_slice(&maxima[line(start)]);
            found[1].iter_mut().zip(&taps[line(start)]).for_each(|(from, &tap)| *from = tap + code(start));
            for tap in down {
                let (code, taps) = (code(tap), taps[line(tap)].iter());
                raise(found, before, &maxima[line(tap)], taps.map(|&tap| tap + code));
            }
            // The beginning of the window may be in the padding.
            let top = (row * vertical.stride).wrapping_sub(vertical.padding).wrapping_mul(width);
            for (column, ((from, &upstream), first)) in found[1].iter().zip(upstream).zip(first).enumerate() {
                if first.is_some() {
                    let corner = top.wrapping_add(column * stride).wrapping_sub(padding);
                    gradient[corner.wrapping_add(offsets[from.to_usize().unwrap_or(0)])] += upstream;
                }
            }
        }
    }

    /// As [`gradients`], for 2 × 2 windows that halve an image.
    fn halving_gradient<E, const FUSES: bool>(
        widths: (usize, usize), plane: &[E], upstream: &[E], gradient: &mut [E],
    ) {
        /// The greater of two values with its position: the first if they are equal, the last NaN if there is one.
        #[inline(always)]
        fn greater<E: Element>(first: (E, usize), second: (E, usize)) -> (E, usize) {
            let over = takes_over(second.0, first.0);
            (if over { second.0 } else { first.0 }, if over { second.1 } else { first.1 })
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
        let axis = |input, output| Window { input, output, kernel: 2, stride: 2, padding: 0, dilation: 1 };
        let places =
            Places::new(&MaxPool2dGeometry { planes: 1, vertical: axis(4, 2), horizontal: axis(width, outputs) });
        let by_halving = |set| {
            let mut gradient = vec![0.0; 4 * width];
            halving_gradient(set, (width, outputs), &plane, &upstream, &mut gradient);
            gradient
        };
        let by_places = |set| {
            let mut gradient = vec![0.0; 4 * width];
            gradients(set, &places, &plane, &upstream, &mut places.scratch(), &mut gradient);
            gradient
        };
        let portable = by_halving(InstructionSet::Portable);
        assert!(portable.iter().filter(|&&gradient| gradient != 0.0).count() == 2 * outputs);
        assert!(InstructionSet::all().all(|set| by_halving(set) == portable && by_places(set) == portable));
    }
}
