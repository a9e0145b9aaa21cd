//! Depthwise convolutions, whose groups have one channel. Several channels are computed side by side.

use super::arena::Memory;
use super::convolution::{Algorithm, Parameters};
use super::finish::Finish;
use super::program::{Part, Step};
use super::view::View;
use crate::ops::Element;
use crate::ops::vector::{Vector, for_each_set, some};
use crate::ops::vectorized::InstructionSet;

/// The number of pixels of a row that are computed at once.
const PIXELS: usize = 4;

/// A convolution by [`Algorithm::Depthwise`](super::Algorithm::Depthwise).
#[derive(Debug)]
pub(super) struct Depthwise<E> {
    set: InstructionSet,
    /// The weights of each tap, channel by channel, padded with zeros for the last vector.
    weights: Vec<E>,
    bias: Vec<E>,
    /// The distance between the weights of neighbouring taps.
    width: usize,
    /// The distance of each tap's input from the first tap's.
    taps: Vec<usize>,
    /// The input with its border. It begins with the first input of the first output.
    reach: View,
    strides: (usize, usize),
    finish: Finish<E>,
}

impl<E: Element> Depthwise<E> {
    pub(super) fn new(set: InstructionSet, parameters: &Parameters<'_, E>) -> Self {
        let reach = parameters.reach(Algorithm::Depthwise);
        let Parameters { geometry, weight, bias, input, output, residual, fused } = *parameters;
        let (vertical, horizontal) = (geometry.vertical, geometry.horizontal);
        let (channels, count) = (geometry.out_channels, vertical.kernel * horizontal.kernel);
        let width = channels.next_multiple_of(16);
        let mut weights = vec![E::zero(); count * width];
        for (channel, weight) in weight.chunks_exact(count).enumerate() {
            weight.iter().enumerate().for_each(|(tap, &weight)| weights[tap * width + channel] = weight);
        }
        let mut padded = vec![E::zero(); width];
        if let Some(bias) = bias {
            padded[..channels].copy_from_slice(bias);
        }
        let row = |down: usize| down * vertical.dilation * input.row_stride;
        let column = |along: usize| along * horizontal.dilation * input.pixel_stride;
        let taps = (0..vertical.kernel)
            .flat_map(|down| (0..horizontal.kernel).map(move |along| (down, along)))
            .map(|(down, along)| row(down) + column(along));
        let (taps, strides): (Vec<usize>, _) = (taps.collect(), parameters.strides());
        let steps = [
            (output.examples, input.example_stride),
            (output.height, strides.0),
            (output.width, strides.1),
            (2, taps.iter().copied().max().unwrap_or(0)),
        ];
        assert!(
            reach.holds(reach.start, &steps, channels),
            "a convolution reads what lies around its input: {geometry:?}"
        );
        Depthwise {
            set,
            weights,
            bias: padded,
            width,
            taps,
            reach,
            strides,
            finish: Finish { output, residual, fused },
        }
    }

    /// # Safety
    /// As [`Step::run`], and the processor has the instructions of `V`.
    #[inline(always)]
    unsafe fn run_with<V: Vector<Element = E>>(&self, memory: &Memory<'_, E>, part: Part) {
        let output = self.finish.output;
        for row in part.share(output.examples * output.height) {
            let (example, row) = (row / output.height, row % output.height);
            let start = self.reach.start + example * self.reach.example_stride + row * self.strides.0;
            for channel in (0..output.channels).step_by(V::LANES) {
                let mut column = 0;
                // SAFETY: The caller guarantees that the reads and writes lie in the arena, and that the row belongs to this part
                // alone.
                unsafe {
                    while column + PIXELS <= output.width {
                        self.pixels::<V, PIXELS>(memory, start, (example, row, column), channel);
                        column += PIXELS;
                    }
                    while column < output.width {
                        self.pixels::<V, 1>(memory, start, (example, row, column), channel);
                        column += 1;
                    }
                }
            }
        }
    }

    /// Computes `N` pixels of a row, for as many channels as a vector has.
    ///
    /// # Safety
    /// As [`run_with`](Self::run_with); the row, the channel, and `N` pixels from the column on lie in the output.
    #[inline(always)]
    unsafe fn pixels<V: Vector<Element = E>, const N: usize>(
        &self,
        memory: &Memory<'_, E>,
        start: usize,
        (example, row, column): (usize, usize, usize),
        channel: usize,
    ) {
        let start = start + column * self.strides.1 + channel;
        // SAFETY: All reads lie in the arena; where fewer channels than a vector has are left, only those are read. The weights
        // and the bias are padded for the last vector. The caller guarantees that the pixels that are written belong to this part
        // alone.
        unsafe {
            let mut sums = [V::load(self.bias.as_ptr().add(channel)); N];
            let mut weights = self.weights.as_ptr().add(channel);
            for &tap in &self.taps {
                let weight = V::load(weights);
                for (pixel, sum) in sums.iter_mut().enumerate() {
                    let from = memory.address(start + tap + pixel * self.strides.1);
                    let values = some::<V>(from, self.finish.output.channels - channel);
                    *sum = weight.multiply_add(values, *sum);
                }
                weights = weights.wrapping_add(self.width);
            }
            for (pixel, sum) in sums.into_iter().enumerate() {
                let place = (example, row, column + pixel);
                self.finish.write(memory, place, channel, self.finish.output.channels, [sum]);
            }
        }
    }
}

// SAFETY: `new` has checked that all reads lie in `reach`. Only pixels of the output are written, and each part has rows of its
// own.
unsafe impl<E: Element> Step<E> for Depthwise<E> {
    fn reads(&self) -> Vec<View> {
        [self.reach].into_iter().chain(self.finish.residual).collect()
    }

    fn writes(&self) -> View {
        self.finish.output
    }

    fn cost(&self) -> usize {
        self.finish.output.pixels() * self.finish.output.channels * self.taps.len() / 4
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        // SAFETY: The caller guarantees this.
        unsafe { for_each_set!(self: &Depthwise, run_with(memory: &Memory<'_, E>, part: Part)) }
    }
}
