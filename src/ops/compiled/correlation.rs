//! The gradient of a convolution's weights, which is a correlation of the output's gradient with the input.

use std::ops::Range;

use super::arena::Arena;
use super::convolution::Algorithm;
use super::panels::Tile;
use super::view::View;
use crate::ops::conv2d::Conv2dGeometry;
use crate::ops::conv2d::pixels::view;
use crate::ops::sizes::product;
use crate::ops::sums::Cascade;
use crate::ops::vector::{Vector, for_each_set};
use crate::ops::vectorized::InstructionSet;
use crate::ops::{Element, Window};

/// The number of elements of both images that are read repeatedly, before the next ones follow. They should stay in the cache.
const BLOCK: usize = 1 << 12;

/// The gradient of the weights of a convolution without groups, for one example: the sum over the output's pixels of each
/// weight's input times the gradient of the output.
pub(crate) struct Correlation<E> {
    set: InstructionSet,
    tile: Tile,
    geometry: Conv2dGeometry,
    /// The view of the image.
    input: View,
    /// The image with its border. It begins with the first input of the first output.
    reach: View,
    /// The view of the output's gradient. Its pixels are padded to whole tiles.
    upstream: View,
    /// The number of elements of both images.
    length: usize,
    /// The distances of the runs of contiguous inputs from the first one, and the number of elements in a run.
    runs: Vec<usize>,
    run: usize,
    /// The distances in the image between neighbouring outputs, vertical and horizontal.
    strides: (usize, usize),
    /// The number of sums.
    sums: usize,
    element: std::marker::PhantomData<E>,
}

impl<E: Element> Correlation<E> {
    /// The correlation for a convolution of one example.
    ///
    /// # Panics
    /// If there are several examples or groups, or if the positions of the windows overflow.
    pub(crate) fn new(set: InstructionSet, geometry: &Conv2dGeometry) -> Self {
        assert_eq!((geometry.groups, geometry.batch), (1, 1), "there are neither groups nor several examples");
        let Conv2dGeometry { in_channels, out_channels, vertical, horizontal, .. } = *geometry;
        [vertical, horizontal].iter().for_each(Window::check);
        let tile = Tile::new::<E>(set, out_channels);
        let border = Algorithm::Direct.border(geometry);
        let (input, end) = view(0, [in_channels, vertical.input, horizontal.input], border);
        let width = out_channels.next_multiple_of(tile.width);
        let (upstream, length) = view(end, [width, vertical.output, horizontal.output], [0; 4]);
        let (joined, taps) = if horizontal.dilation == 1 { (horizontal.kernel, 1) } else { (1, horizontal.kernel) };
        let rows = (0..vertical.kernel).map(|down| down * vertical.dilation * input.row_stride);
        let runs = rows.flat_map(|row| (0..taps).map(move |tap| row + tap * horizontal.dilation * input.pixel_stride));
        let (runs, run): (Vec<usize>, _) = (runs.collect(), in_channels * joined);
        let reach = input.with_border(border);
        let strides =
            (vertical.stride.saturating_mul(reach.row_stride), horizontal.stride.saturating_mul(reach.pixel_stride));
        let steps = [
            (vertical.output, strides.0),
            (horizontal.output, strides.1),
            (2, runs.iter().copied().max().unwrap_or(0)),
        ];
        assert!(reach.holds(reach.start, &steps, run), "a correlation reads what lies around its image: {geometry:?}");
        assert!(reach.end() <= length && upstream.end() <= length, "both images lie in the arena: {geometry:?}");
        let sums = product(&[runs.len(), run, width]);
        Correlation {
            set,
            tile,
            geometry: *geometry,
            input,
            reach,
            upstream,
            length,
            runs,
            run,
            strides,
            sums: sums.unwrap_or_else(|| panic!("the weights can be counted: {geometry:?}")),
            element: std::marker::PhantomData,
        }
    }

    /// An arena for both images.
    pub(crate) fn arena(&self) -> Arena<E> {
        Arena::new(self.length)
    }

    /// The views that the image and the output's gradient must be written to.
    pub(crate) fn views(&self) -> [View; 2] {
        [self.input, self.upstream.with_channels(0, self.geometry.out_channels)]
    }

    /// The number of sums, which includes padding.
    pub(crate) fn sums(&self) -> usize {
        self.sums
    }

    /// Calls `visit` with the index of each weight and the index of its sum.
    pub(crate) fn each(&self, mut visit: impl FnMut(usize, usize)) {
        let (inputs, width) = (self.geometry.in_channels, self.upstream.pixel_stride);
        let taps = self.geometry.vertical.kernel * self.geometry.horizontal.kernel;
        for output in 0..self.geometry.out_channels {
            for input in 0..inputs {
                for tap in 0..taps {
                    visit((output * inputs + input) * taps + tap, (tap * inputs + input) * width + output);
                }
            }
        }
    }

    /// Adds the products of the two images in the arena to the sums, a block of rows at a time.
    pub(crate) fn add(&self, arena: &mut Arena<E>, sums: &mut Cascade<E>) {
        assert!(arena.all().len() >= self.length, "an arena of this very size");
        let numbers = arena.all().as_ptr();
        let height = self.geometry.vertical.output;
        let block = self.block();
        for first in (0..height).step_by(block) {
            let rows = first..(first + block).min(height);
            sums.add(|sums| {
                assert_eq!(sums.len(), self.sums(), "sums of this very size");
                let sums = sums.as_mut_ptr();
                // SAFETY: The number of elements at both addresses was just asserted, and the rows are in range.
                unsafe {
                    for_each_set!(self: &Correlation, run_with(rows: Range<usize>, numbers: *const E, sums: *mut E))
                }
            });
        }
    }

    /// The number of rows that are read repeatedly, before the next ones follow.
    fn block(&self) -> usize {
        let row = self.upstream.row_stride.saturating_add(self.strides.0);
        (BLOCK / row.max(1)).max(1)
    }

    /// # Safety
    /// The processor has the instructions of `V`, there are as many elements at both addresses as [`add`](Self::add) asserts, and
    /// the output has these rows.
    #[inline(always)]
    unsafe fn run_with<V: Vector<Element = E>>(&self, rows: Range<usize>, numbers: *const E, sums: *mut E) {
        // SAFETY: The caller guarantees this.
        unsafe {
            match self.tile.vectors {
                1 => self.run_panels::<V, 1>(rows, numbers, sums),
                _ => self.run_panels::<V, 2>(rows, numbers, sums),
            }
        }
    }

    /// # Safety
    /// As [`run_with`](Self::run_with), and a tile has `VECTORS` vectors.
    #[inline(always)]
    unsafe fn run_panels<V: Vector<Element = E>, const VECTORS: usize>(
        &self,
        rows: Range<usize>,
        numbers: *const E,
        sums: *mut E,
    ) {
        let width = self.upstream.pixel_stride;
        for (number, run) in self.runs.iter().enumerate() {
            let mut at = 0;
            while at < self.run {
                let left = self.run - at;
                macro_rules! inputs {
                    ($($count:literal)*) => {
                        match left {
                            $(_ if left >= $count && self.tile.rows >= $count => {
                                for panel in (0..width).step_by(self.tile.width) {
                                    // SAFETY: The sums of these inputs and outputs are among the caller's. `new` has checked that
                                    // all runs of the pixels lie within the image and its border, and the outputs are padded to
                                    // whole tiles.
                                    unsafe {
                                        let sums = sums.add((number * self.run + at) * width + panel);
                                        let from = numbers.add(self.reach.start + run + at);
                                        let upstream = numbers.add(self.upstream.start + panel);
                                        self.tile::<V, $count, VECTORS>(rows.clone(), from, upstream, sums);
                                    }
                                }
                                at += $count;
                            })*
                            _ => unreachable!("one input is left at least"),
                        }
                    };
                }
                inputs!(12 6 4 2 1);
            }
        }
    }

    /// Adds the products of `INPUTS` contiguous inputs and `VECTORS` vectors of outputs, in some rows.
    ///
    /// # Safety
    /// As [`run_panels`](Self::run_panels). The addresses are those of the first pixel's inputs and outputs, and of their sums.
    #[inline(always)]
    unsafe fn tile<V: Vector<Element = E>, const INPUTS: usize, const VECTORS: usize>(
        &self,
        rows: Range<usize>,
        input: *const E,
        upstream: *const E,
        sums: *mut E,
    ) {
        let (width, columns) = (self.upstream.pixel_stride, self.upstream.width);
        // SAFETY: The caller guarantees this. (The addresses after the last pixel of a row aren't read.)
        unsafe {
            let mut tile = [[V::splat(E::zero()); VECTORS]; INPUTS];
            for row in rows {
                let mut input = input.add(row * self.strides.0);
                let mut upstream = upstream.add(row * self.upstream.row_stride);
                for _ in 0..columns {
                    let mut gradients = [V::splat(E::zero()); VECTORS];
                    for (vector, gradients) in gradients.iter_mut().enumerate() {
                        *gradients = V::load(upstream.add(vector * V::LANES));
                    }
                    for (number, line) in tile.iter_mut().enumerate() {
                        let value = V::splat(*input.add(number));
                        for (sum, gradients) in line.iter_mut().zip(gradients) {
                            *sum = gradients.multiply_add(value, *sum);
                        }
                    }
                    input = input.wrapping_add(self.strides.1);
                    upstream = upstream.wrapping_add(width);
                }
            }
            for (number, line) in tile.iter().enumerate() {
                for (vector, sum) in line.iter().enumerate() {
                    let to = sums.add(number * width + vector * V::LANES);
                    V::load(to).add(*sum).store(to);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{assert_close, sample};

    /// The first row is inside the image; the address of the second row would overflow.
    #[test]
    #[should_panic(expected = "a window must have")]
    fn positions_that_wrap_are_refused() {
        let window = Window { input: 9, output: 4, kernel: 1, stride: 6148914691236517206, padding: 0, dilation: 1 };
        let (vertical, horizontal) = (window, Window { stride: 1, ..window });
        let geometry = Conv2dGeometry { batch: 1, in_channels: 8, out_channels: 8, groups: 1, vertical, horizontal };
        Correlation::<f32>::new(InstructionSet::best(), &geometry);
    }

    /// With outputs that fill less than a vector, one vector and several, and with inputs that don't fill a tile.
    #[test]
    fn every_instruction_set_has_the_sums() {
        for (inputs, outputs) in [(3, 5), (7, 16), (13, 40)] {
            let window =
                |stride| Window { input: 9, output: 8 / stride + 1, kernel: 3, stride, padding: 1, dilation: 1 };
            let geometry = Conv2dGeometry {
                batch: 1,
                in_channels: inputs,
                out_channels: outputs,
                groups: 1,
                vertical: window(2),
                horizontal: window(1),
            };
            let (image, upstream) = (sample(inputs * 81, 1), sample(outputs * 45, 2));
            let gradient = |set| {
                let correlation = Correlation::<f64>::new(set, &geometry);
                let (mut arena, mut cascade) = (correlation.arena(), Cascade::new(correlation.sums()));
                for (numbers, view) in [&image, &upstream].into_iter().zip(correlation.views()) {
                    for (at, &number) in numbers.iter().enumerate() {
                        let (channel, row, column) =
                            (at / view.width / view.height, at / view.width % view.height, at % view.width);
                        arena.all()[view.at(0, row, column) + channel] = number;
                    }
                }
                correlation.add(&mut arena, &mut cascade);
                let mut sums = vec![0.0; correlation.sums()];
                cascade.drain(&mut sums);
                let mut gradient = vec![0.0; inputs * outputs * 9];
                correlation.each(|weight, sum| gradient[weight] = sums[sum]);
                gradient
            };
            let portable = gradient(InstructionSet::Portable);
            assert!(portable.iter().all(|&number| number != 0.0));
            for set in InstructionSet::all() {
                assert_close(&gradient(set), &portable, 1e-12, &format!("{inputs} to {outputs}, {set:?}"));
            }
        }
    }
}
