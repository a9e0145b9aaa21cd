//! Pooling of all channels of a pixel at once.

use std::marker::PhantomData;
use std::ops::Range;

use super::arena::Memory;
use super::program::{Part, Step};
use super::rows::{Pixels, Rows};
use super::view::View;
use crate::ops::Element;
use crate::ops::sums::add_lines;
use crate::ops::vector::{Vector, for_each_set, some, store_some};
use crate::ops::vectorized::{InstructionSet, vectorized};
use crate::ops::{Bins, Window};

/// The maximum of each window and channel.
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
    /// # Panics
    /// If the sizes of the views don't fit the windows.
    pub(crate) fn new(set: InstructionSet, vertical: &Window, horizontal: &Window, input: View, output: View) -> Self {
        [vertical, horizontal].into_iter().for_each(Window::check);
        let [examples, .., channels] = output.sizes();
        let sizes = |height: usize, width: usize| [examples, height, width, channels];
        assert_eq!(input.sizes(), sizes(vertical.input, horizontal.input), "the input fits its windows");
        assert_eq!(output.sizes(), sizes(vertical.output, horizontal.output), "the output fits its windows");
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

    /// # Safety
    /// As [`Step::run`], and the processor has the instructions of `V`.
    #[inline(always)]
    unsafe fn run_with<V: Vector<Element = E>>(&self, memory: &Memory<'_, E>, part: Part) {
        let [.., height, _, channels] = self.output.sizes();
        for row in part.share(self.output.examples * height) {
            let (example, row) = (row / height, row % height);
            for (column, along) in self.columns.iter().enumerate() {
                let to = self.output.at(example, row, column);
                for channel in (0..channels).step_by(V::LANES) {
                    let left = channels - channel;
                    // SAFETY: Only pixels of both views are read and written; where fewer channels than a vector has are left,
                    // only those. The caller guarantees that the pixels lie in the arena, and that the row belongs to this part
                    // alone.
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

// SAFETY: The taps of a window lie inside the input. Only pixels of both views are read and written, and each part has rows of
// its own.
unsafe impl<E: Element> Step<E> for MaxPool<E> {
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
        // SAFETY: The caller guarantees this.
        unsafe { for_each_set!(self: &MaxPool, run_with(memory: &Memory<'_, E>, part: Part)) }
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
    /// # Panics
    /// If the sizes of the views don't fit the bins.
    pub(crate) fn new(set: InstructionSet, vertical: &Bins, horizontal: &Bins, input: View, output: View) -> Self {
        let [examples, .., channels] = output.sizes();
        let sizes = |height: usize, width: usize| [examples, height, width, channels];
        assert_eq!(input.sizes(), sizes(vertical.input, horizontal.input), "the input fits its bins");
        assert_eq!(output.sizes(), sizes(vertical.bins.len(), horizontal.bins.len()), "the output fits its bins");
        AveragePool { set, input, output, vertical: vertical.clone(), horizontal: horizontal.clone() }
    }
}

vectorized! {
    fn average_pool<E, const FUSES: bool>(step: &AveragePool, input: &Pixels<'_, E>, rows: &mut Rows<'_, E>) {
        for (example, row) in rows.places() {
            let down = &step.vertical.bins[row];
            for (column, along) in step.horizontal.bins.iter().enumerate() {
                let output = rows.pixel(example, row, column);
                output.fill(E::zero());
                let columns = along.start..along.end;
                let pixels = (down.start..down.end).flat_map(|row| columns.clone().map(move |column| (row, column)));
                add_lines(pixels.map(|(row, column)| input.pixel(example, row, column)), output);
                let share = E::one() / E::of((down.divisor * along.divisor) as f64);
                output.iter_mut().for_each(|sum| *sum *= share);
            }
        }
    }
}

// SAFETY: Only pixels of both views are read and written, and each part has rows of its own.
unsafe impl<E: Element> Step<E> for AveragePool {
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
        // SAFETY: The caller guarantees that the pixels lie in the arena, that the input and the output don't overlap, and that
        // the rows belong to this part alone.
        let (input, mut rows) = unsafe { (Pixels::of(&self.input, memory), Rows::of(&self.output, memory, part)) };
        average_pool(self.set, self, &input, &mut rows);
    }
}
