//! What is computed number by number, or pixel by pixel, and what only moves numbers.

use std::fmt::{Debug, Formatter};

use super::arena::{Memory, View};
use super::finish::Fused;
use super::pool::{Rows, all};
use super::program::{Part, Step};
use crate::ops::Element;
use crate::ops::activation::{self, Function};
use crate::ops::element::sum;
use crate::ops::matrix::Write;
use crate::ops::softmax;
use crate::ops::transpose::Transposition;
use crate::ops::vectorized::{InstructionSet, vectorized};

/// Numbers in another order: from where each pixel's channels are `strides.0` apart to where they are `strides.1`.
#[derive(Debug)]
pub(crate) struct Copy {
    pub(crate) from: View,
    pub(crate) to: View,
    pub(crate) strides: (usize, usize),
}

impl Copy {
    /// How a row of pixels is copied, if that is from planes to pixels, or the other way.
    fn turn<E: Element>(&self) -> Option<Transposition<E>> {
        let Copy { from, to, strides } = self;
        let (size, strides) = match () {
            () if from.pixel_stride == 1 && strides.1 == 1 => ((to.channels, to.width), (strides.0, to.pixel_stride)),
            () if to.pixel_stride == 1 && strides.0 == 1 => ((to.width, to.channels), (from.pixel_stride, strides.1)),
            () => return None,
        };
        (to.channels > 1).then(|| Transposition::new(InstructionSet::best(), size, strides, Write::Replace))
    }

    /// All numbers that a view with such a stride reaches, without its inner order.
    fn whole(view: &View, stride: usize) -> View {
        if stride == 1 {
            return *view;
        }
        View { channels: (view.channels.max(1) - 1) * stride + 1, ..*view }
    }
}

impl<E: Element> Step<E> for Copy {
    fn reads(&self) -> Vec<View> {
        vec![Self::whole(&self.from, self.strides.0)]
    }

    fn writes(&self) -> View {
        Self::whole(&self.to, self.strides.1)
    }

    fn cost(&self) -> usize {
        self.to.pixels() * self.to.channels / 2
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        let (from, to) = (&self.from, &self.to);
        let turn = self.turn();
        for row in part.share(to.examples * to.height) {
            let (example, row) = (row / to.height, row % to.height);
            let (source, target) = (from.at(example, row, 0), to.at(example, row, 0));
            if let Some(turn) = &turn {
                // SAFETY: The row lies in the arena, in both orders, which are apart; what is written is this part's own, says
                // the caller.
                unsafe { turn.run_at(memory.address(source), memory.address(target)) }
                continue;
            }
            let runs = self.strides == (1, 1) || to.channels == 1;
            let dense = runs && from.pixel_stride == from.channels && to.pixel_stride == to.channels;
            let lengths = if dense { (1, to.width * to.channels) } else { (to.width, to.channels) };
            // SAFETY: Each number lies in the arena; those that are read are apart from those that are written, which are this
            // part's own, says the caller.
            unsafe {
                for pixel in 0..lengths.0 {
                    let (source, target) = (source + pixel * from.pixel_stride, target + pixel * to.pixel_stride);
                    if runs {
                        std::ptr::copy_nonoverlapping(memory.address(source), memory.address(target), lengths.1);
                        continue;
                    }
                    for channel in 0..lengths.1 {
                        let value = memory.address(source + channel * self.strides.0).read();
                        memory.address(target + channel * self.strides.1).write(value);
                    }
                }
            }
        }
    }
}

/// Zeros around the images of a view.
#[derive(Debug)]
pub(crate) struct Zeros {
    /// The images.
    pub(crate) view: View,
    /// How wide the border is above, below, to the left and to the right.
    pub(crate) border: [usize; 4],
}

impl<E: Element> Step<E> for Zeros {
    fn reads(&self) -> Vec<View> {
        Vec::new()
    }

    fn writes(&self) -> View {
        self.view.with_border(self.border)
    }

    fn cost(&self) -> usize {
        0
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        let [above, _, left, right] = self.border;
        let whole = self.view.with_border(self.border);
        let width = whole.width * whole.pixel_stride;
        for row in part.share(whole.examples * whole.height) {
            let (example, row) = (row / whole.height, row % whole.height);
            let start = whole.at(example, row, 0);
            // SAFETY: They lie in the arena, and are this part's own, says the caller.
            unsafe {
                if row < above || row >= above + self.view.height {
                    memory.write(start, width).fill(E::zero());
                } else {
                    memory.write(start, left * whole.pixel_stride).fill(E::zero());
                    let behind = right * whole.pixel_stride;
                    memory.write(start + width - behind, behind).fill(E::zero());
                }
            }
        }
    }
}

/// A function of each number, in place.
#[derive(Debug)]
pub(crate) struct Activate {
    pub(crate) function: Function,
    pub(crate) view: View,
}

impl<E: Element> Step<E> for Activate {
    fn reads(&self) -> Vec<View> {
        vec![self.view]
    }

    fn writes(&self) -> View {
        self.view
    }

    fn cost(&self) -> usize {
        self.view.pixels() * self.view.channels
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        const CHUNK: usize = 512;
        let view = &self.view;
        // SAFETY: They lie in the arena, and are this part's own, says the caller.
        let mut rows = unsafe { Rows::of(view, memory, part) };
        let mut before = [E::zero(); CHUNK];
        let mut apply = |numbers: &mut [E]| {
            for numbers in numbers.chunks_mut(CHUNK) {
                before[..numbers.len()].copy_from_slice(numbers);
                activation::cpu::forward(self.function, &before[..numbers.len()], numbers);
            }
        };
        if view.is_dense() {
            return apply(rows.numbers);
        }
        for row in rows.range.clone() {
            for column in 0..view.width {
                apply(rows.pixel(view, row / view.height, row % view.height, column));
            }
        }
    }
}

/// The sum of two images, and a function of it.
#[derive(Debug)]
pub(crate) struct Add<E> {
    pub(crate) set: InstructionSet,
    pub(crate) terms: [View; 2],
    pub(crate) output: View,
    pub(crate) fused: Fused<E>,
}

vectorized! {
    fn add<E, const FUSES: bool>(fused: Fused<E>, terms: [&[E]; 2], output: &mut [E]) {
        let terms = terms[0].iter().zip(terms[1]).map(|(&a, &b)| a + b);
        output.iter_mut().zip(terms).for_each(|(output, sum)| *output = fuse(fused, sum));
    }

    fn scale<E, const FUSES: bool>(fused: Fused<E>, factors: &[E], summands: &[E], input: &[E], output: &mut [E]) {
        let factors = factors.iter().zip(summands);
        for ((output, &value), (&factor, &summand)) in output.iter_mut().zip(input).zip(factors) {
            *output = fuse(fused, value * factor + summand);
        }
    }
}

vectorized! {
    fn normalize<E, const FUSES: bool>(scale: softmax::Scale, logits: &[E], output: &mut [E]) {
        let greatest = logits.iter().copied().fold(E::neg_infinity(), E::max);
        output.iter_mut().zip(logits).for_each(|(output, &logit)| *output = (logit - greatest).exponential::<FUSES>());
        let total = sum(output);
        match scale {
            softmax::Scale::Linear => output.iter_mut().for_each(|output| *output /= total),
            softmax::Scale::Logarithmic => {
                let logarithm = total.ln();
                output.iter_mut().zip(logits).for_each(|(output, &logit)| *output = logit - greatest - logarithm);
            }
        }
    }
}

/// The function of one number.
#[inline(always)]
fn fuse<E: Element>(fused: Fused<E>, value: E) -> E {
    let zero = E::zero();
    match fused {
        Fused::Identity => value,
        Fused::Relu => {
            if value <= zero {
                zero
            } else {
                value
            }
        }
        Fused::Relu6 => match () {
            () if value <= zero => zero,
            () if value >= E::of(6.0) => E::of(6.0),
            () => value,
        },
        Fused::LeakyRelu(slope) => {
            if value > zero {
                value
            } else {
                value * slope
            }
        }
    }
}

impl<E: Element> Step<E> for Add<E> {
    fn reads(&self) -> Vec<View> {
        self.terms.to_vec()
    }

    fn writes(&self) -> View {
        self.output
    }

    fn cost(&self) -> usize {
        self.output.pixels() * self.output.channels / 4
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        // SAFETY: They lie in the arena, the terms are apart from the output, and the rows are this part's own, says the caller.
        let (terms, mut rows) =
            unsafe { (self.terms.map(|view| all(&view, memory)), Rows::of(&self.output, memory, part)) };
        let output = &self.output;
        for row in rows.range.clone() {
            let (example, row) = (row / output.height, row % output.height);
            for column in 0..output.width {
                let pixel = |term: usize| {
                    let view = &self.terms[term];
                    &terms[term][view.at(example, row, column) - view.start..][..view.channels]
                };
                add(self.set, self.fused, [pixel(0), pixel(1)], rows.pixel(output, example, row, column));
            }
        }
    }
}

/// Each channel times a factor, plus a summand, and a function of it.
#[derive(Debug)]
pub(crate) struct Scale<E> {
    pub(crate) set: InstructionSet,
    pub(crate) input: View,
    pub(crate) output: View,
    pub(crate) factors: Vec<E>,
    pub(crate) summands: Vec<E>,
    pub(crate) fused: Fused<E>,
}

impl<E: Element> Step<E> for Scale<E> {
    fn reads(&self) -> Vec<View> {
        vec![self.input]
    }

    fn writes(&self) -> View {
        self.output
    }

    fn cost(&self) -> usize {
        self.output.pixels() * self.output.channels / 4
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        let (input, output) = (&self.input, &self.output);
        // SAFETY: They lie in the arena, the input is apart from the output, and the rows are this part's own, says the caller.
        let (numbers, mut rows) = unsafe { (all(input, memory), Rows::of(output, memory, part)) };
        for row in rows.range.clone() {
            let (example, row) = (row / output.height, row % output.height);
            for column in 0..output.width {
                let pixel = &numbers[input.at(example, row, column) - input.start..][..input.channels];
                let to = rows.pixel(output, example, row, column);
                scale(self.set, self.fused, &self.factors, &self.summands, pixel, to);
            }
        }
    }
}

/// Softmax over each pixel's channels.
#[derive(Debug)]
pub(crate) struct Softmax {
    pub(crate) set: InstructionSet,
    pub(crate) scale: softmax::Scale,
    pub(crate) input: View,
    pub(crate) output: View,
}

impl<E: Element> Step<E> for Softmax {
    fn reads(&self) -> Vec<View> {
        vec![self.input]
    }

    fn writes(&self) -> View {
        self.output
    }

    fn cost(&self) -> usize {
        self.output.pixels() * self.output.channels * 2
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        let (input, output) = (&self.input, &self.output);
        // SAFETY: They lie in the arena, the input is apart from the output, and the rows are this part's own, says the caller.
        let (numbers, mut rows) = unsafe { (all(input, memory), Rows::of(output, memory, part)) };
        for row in rows.range.clone() {
            let (example, row) = (row / output.height, row % output.height);
            for column in 0..output.width {
                let pixel = &numbers[input.at(example, row, column) - input.start..][..input.channels];
                normalize(self.set, self.scale, pixel, rows.pixel(output, example, row, column));
            }
        }
    }
}

/// An operation that has no step of its own: its kernel, on numbers in their usual order. One thread runs it.
pub(crate) struct Plain<E> {
    pub(crate) input: View,
    pub(crate) output: View,
    pub(crate) kernel: Box<dyn Fn(&[E], &mut [E]) + Send + Sync>,
}

impl<E> Debug for Plain<E> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Plain").field("input", &self.input).field("output", &self.output).finish()
    }
}

impl<E: Element> Step<E> for Plain<E> {
    fn reads(&self) -> Vec<View> {
        vec![self.input]
    }

    fn writes(&self) -> View {
        self.output
    }

    fn cost(&self) -> usize {
        0
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, _: Part) {
        // SAFETY: They lie in the arena, the input is apart from the output, and a step without a cost has one part, says the
        // caller.
        let (input, output) = unsafe {
            (all(&self.input, memory), memory.write(self.output.start, self.output.end() - self.output.start))
        };
        output.fill(E::zero());
        (self.kernel)(input, output);
    }
}
