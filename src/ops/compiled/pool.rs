//! Pooling and upsampling, all channels of a pixel at once.

use std::marker::PhantomData;
use std::ops::Range;

use super::arena::{Memory, View};
use super::program::{Part, Step};
use crate::ops::Element;
use crate::ops::upsample::{Source, UpsampleGeometry};
use crate::ops::vector::{Vector, for_each_set, some, store_some};
use crate::ops::vectorized::{InstructionSet, vectorized};
use crate::ops::{Bins, Window};

/// Some rows of a view, and the numbers that they lie in.
pub(super) struct Rows<'a, E> {
    pub(super) numbers: &'a mut [E],
    /// Where those begin in the arena.
    pub(super) start: usize,
    /// Which rows they are, counted through all examples.
    pub(super) range: Range<usize>,
}

impl<'a, E> Rows<'a, E> {
    /// A part's share of the rows of a view.
    ///
    /// # Safety
    /// They lie in the arena, and nobody else reads or writes them, nor what is between them, as long as the result is used.
    pub(super) unsafe fn of(view: &View, memory: &'a Memory<'_, E>, part: Part) -> Self {
        let range = part.share(view.examples * view.height);
        if range.is_empty() || view.width * view.channels == 0 {
            return Rows { numbers: &mut [], start: view.start, range: 0..0 };
        }
        let (start, last) = (view.pixel(range.start * view.width), view.pixel(range.end * view.width - 1));
        // SAFETY: As the caller says. Rows follow each other in the order of their numbers, so that the parts' shares are apart.
        let numbers = unsafe { memory.write(start, last + view.channels - start) };
        Rows { numbers, start, range }
    }

    /// One pixel's numbers.
    pub(super) fn pixel(&mut self, view: &View, example: usize, row: usize, column: usize) -> &mut [E] {
        let start = view.at(example, row, column) - self.start;
        &mut self.numbers[start..][..view.channels]
    }
}

/// All of a view's numbers, to be read.
///
/// # Safety
/// They lie in the arena, and nobody writes them, nor what is between them, as long as the result is used.
pub(super) unsafe fn all<'a, E>(view: &View, memory: &'a Memory<'_, E>) -> &'a [E] {
    // SAFETY: As the caller says.
    unsafe { memory.read(view.start, view.end() - view.start) }
}

/// The largest number of each window and channel.
#[derive(Debug)]
pub(crate) struct MaxPool<E> {
    set: InstructionSet,
    input: View,
    output: View,
    rows: Vec<Range<usize>>,
    columns: Vec<Range<usize>>,
    dilation: (usize, usize),
    element: PhantomData<E>,
}

impl<E: Element> MaxPool<E> {
    pub(crate) fn new(set: InstructionSet, vertical: &Window, horizontal: &Window, input: View, output: View) -> Self {
        let positions = |window: &Window| {
            let inside = |output: usize| {
                let taps = window.taps(output);
                let at = |tap: usize| output * window.stride + tap * window.dilation - window.padding;
                if taps.is_empty() { 0..0 } else { at(taps.start)..at(taps.end - 1) + 1 }
            };
            (0..window.output).map(inside).collect()
        };
        MaxPool {
            set,
            input,
            output,
            rows: positions(vertical),
            columns: positions(horizontal),
            dilation: (vertical.dilation, horizontal.dilation),
            element: PhantomData,
        }
    }

    #[inline(always)]
    unsafe fn run_with<V: Vector<Element = E>>(&self, memory: &Memory<'_, E>, part: Part) {
        let View { height, channels, .. } = self.output;
        for row in part.share(self.output.examples * height) {
            let (example, row) = (row / height, row % height);
            for (column, along) in self.columns.iter().enumerate() {
                let to = self.output.at(example, row, column);
                for channel in (0..channels).step_by(V::LANES) {
                    let left = channels - channel;
                    // SAFETY: What is read and written lies in the arena: where the channels are fewer than the vector has, just
                    // those are. The row is this part's own, says the caller.
                    unsafe {
                        let mut most = V::splat(E::neg_infinity());
                        for down in self.rows[row].clone().step_by(self.dilation.0) {
                            for along in along.clone().step_by(self.dilation.1) {
                                let from = memory.address(self.input.at(example, down, along) + channel).cast_const();
                                most = most.greater(some(from, left));
                            }
                        }
                        store_some(most, memory.address(to + channel), left);
                    }
                }
            }
        }
    }
}

impl<E: Element> Step<E> for MaxPool<E> {
    fn reads(&self) -> Vec<View> {
        vec![self.input]
    }

    fn writes(&self) -> View {
        self.output
    }

    fn cost(&self) -> usize {
        let taps = self.rows.first().map_or(0, Range::len) * self.columns.first().map_or(0, Range::len);
        self.output.pixels() * self.output.channels * taps / 4
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        for_each_set!(self: &MaxPool, run_with(memory: &Memory<'_, E>, part: Part));
    }
}

/// The average of each bin and channel.
#[derive(Debug)]
pub(crate) struct AveragePool {
    set: InstructionSet,
    input: View,
    output: View,
    vertical: Bins,
    horizontal: Bins,
}

impl AveragePool {
    pub(crate) fn new(vertical: &Bins, horizontal: &Bins, input: View, output: View) -> Self {
        AveragePool {
            set: InstructionSet::best(),
            input,
            output,
            vertical: vertical.clone(),
            horizontal: horizontal.clone(),
        }
    }
}

vectorized! {
    fn average_pool<E, const FUSES: bool>(step: &AveragePool, input: &[E], rows: &mut Rows<'_, E>) {
        for row in rows.range.clone() {
            let (example, row) = (row / step.output.height, row % step.output.height);
            let down = &step.vertical.bins[row];
            for (column, along) in step.horizontal.bins.iter().enumerate() {
                let output = rows.pixel(&step.output, example, row, column);
                output.fill(E::zero());
                for row in down.start..down.end {
                    for column in along.start..along.end {
                        let start = step.input.at(example, row, column) - step.input.start;
                        let input = &input[start..][..output.len()];
                        output.iter_mut().zip(input).for_each(|(sum, &value)| *sum += value);
                    }
                }
                let share = E::one() / E::of((down.divisor * along.divisor) as f64);
                output.iter_mut().for_each(|sum| *sum *= share);
            }
        }
    }
}

impl<E: Element> Step<E> for AveragePool {
    fn reads(&self) -> Vec<View> {
        vec![self.input]
    }

    fn writes(&self) -> View {
        self.output
    }

    fn cost(&self) -> usize {
        self.input.pixels() * self.input.channels / 4
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        // SAFETY: They lie in the arena, the input is apart from the output, and the rows are this part's own, says the caller.
        let (input, mut rows) = unsafe { (all(&self.input, memory), Rows::of(&self.output, memory, part)) };
        average_pool(self.set, self, input, &mut rows);
    }
}

/// An image in another size.
#[derive(Debug)]
pub(crate) struct Stretched {
    set: InstructionSet,
    input: View,
    output: View,
    vertical: Vec<Source>,
    horizontal: Vec<Source>,
}

impl Stretched {
    pub(crate) fn new(geometry: &UpsampleGeometry, input: View, output: View) -> Self {
        Stretched {
            set: InstructionSet::best(),
            input,
            output,
            vertical: geometry.vertical.sources(geometry.mode),
            horizontal: geometry.horizontal.sources(geometry.mode),
        }
    }
}

vectorized! {
    fn stretch<E, const FUSES: bool>(step: &Stretched, input: &[E], rows: &mut Rows<'_, E>) {
        for row in rows.range.clone() {
            let (example, row) = (row / step.output.height, row % step.output.height);
            let down = &step.vertical[row];
            for (column, along) in step.horizontal.iter().enumerate() {
                let output = rows.pixel(&step.output, example, row, column);
                let pixel = |row: usize, column: usize| {
                    &input[step.input.at(example, row, column) - step.input.start..][..step.input.channels]
                };
                output.fill(E::zero());
                for (row, share) in [(down.low, 1.0 - down.share), (down.high, down.share)] {
                    for (column, part) in [(along.low, 1.0 - along.share), (along.high, along.share)] {
                        // What has no share isn't read: it may be infinite.
                        let share = E::of(share * part);
                        if share != E::zero() {
                            let input = pixel(row, column);
                            output.iter_mut().zip(input).for_each(|(sum, &value)| *sum += share * value);
                        }
                    }
                }
            }
        }
    }
}

impl<E: Element> Step<E> for Stretched {
    fn reads(&self) -> Vec<View> {
        vec![self.input]
    }

    fn writes(&self) -> View {
        self.output
    }

    fn cost(&self) -> usize {
        self.output.pixels() * self.output.channels / 2
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        // SAFETY: They lie in the arena, the input is apart from the output, and the rows are this part's own, says the caller.
        let (input, mut rows) = unsafe { (all(&self.input, memory), Rows::of(&self.output, memory, part)) };
        stretch(self.set, self, input, &mut rows);
    }
}
