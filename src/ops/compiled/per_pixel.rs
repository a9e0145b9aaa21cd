//! Operations on each pixel by itself: its output depends on the channels of the input at the same position only.

use super::arena::Memory;
use super::finish::Fused;
use super::program::{Part, Step};
use super::view::View;
use crate::ops::Element;
use crate::ops::local_response_norm::LocalResponseNormGeometry;
use crate::ops::softmax;
use crate::ops::sums::sum;
use crate::ops::vector::{Vector, for_each_set, some, store_some};
use crate::ops::vectorized::InstructionSet;

/// The operation on a pixel.
#[derive(Debug)]
pub(crate) enum PixelFunction<E> {
    /// Adds the pixel of another image, and applies a function.
    Add { second: View, fused: Fused<E> },
    /// Local response normalization.
    LocalResponseNorm(LocalResponseNormGeometry),
    /// Multiplies each channel by a factor, adds a summand, and applies a function.
    Scale { factors: Vec<E>, summands: Vec<E>, fused: Fused<E> },
    /// Softmax over the channels.
    Softmax(softmax::Scale),
}

/// Computes an operation for each pixel.
#[derive(Debug)]
pub(crate) struct PerPixel<E> {
    set: InstructionSet,
    function: PixelFunction<E>,
    input: View,
    output: View,
}

impl<E: Element> PerPixel<E> {
    /// # Panics
    /// If the sizes contradict each other.
    pub(crate) fn new(set: InstructionSet, function: PixelFunction<E>, input: View, output: View) -> Self {
        assert_eq!(input.sizes(), output.sizes(), "the input is as large as the output");
        match &function {
            PixelFunction::Add { second, .. } => {
                assert_eq!(second.sizes(), output.sizes(), "both terms are as large as the sum");
            }
            PixelFunction::LocalResponseNorm(geometry) => {
                assert_eq!(geometry.channels, output.channels, "the output fits {geometry:?}");
            }
            PixelFunction::Scale { factors, summands, .. } => {
                assert_eq!(
                    [factors.len(), summands.len()],
                    [output.channels; 2],
                    "each channel has a factor and a summand"
                );
            }
            PixelFunction::Softmax(_) => {}
        }
        PerPixel { set, function, input, output }
    }

    /// # Safety
    /// As [`Step::run`], and the processor has the instructions of `V`.
    #[inline(always)]
    unsafe fn run_with<V: Vector<Element = E>>(&self, memory: &Memory<'_, E>, part: Part) {
        let [examples, height, width, channels] = self.output.sizes();
        for row in part.share(examples * height) {
            let (example, row) = (row / height, row % height);
            for column in 0..width {
                let at = |view: &View| view.at(example, row, column);
                // SAFETY: The caller guarantees that the processor has the instructions, that the pixels lie in the arena, that
                // inputs and outputs don't overlap, and that the output belongs to this part alone.
                unsafe {
                    let pixel = memory.read(at(&self.input), channels);
                    let output = memory.write(at(&self.output), channels);
                    match &self.function {
                        PixelFunction::Add { second, fused } => {
                            add::<V>(*fused, pixel, memory.read(at(second), channels), output);
                        }
                        PixelFunction::Scale { factors, summands, fused } => {
                            scale::<V>(*fused, factors, summands, pixel, output);
                        }
                        PixelFunction::LocalResponseNorm(geometry) => divide(geometry, pixel, output),
                        PixelFunction::Softmax(scale) if self.set.fuses() => {
                            normalize::<E, true>(*scale, pixel, output)
                        }
                        PixelFunction::Softmax(scale) => normalize::<E, false>(*scale, pixel, output),
                    }
                }
            }
        }
    }
}

/// # Safety
/// The processor has the instructions of `V`, and the slices are equally long.
#[inline(always)]
unsafe fn add<V: Vector>(
    fused: Fused<V::Element>,
    first: &[V::Element],
    second: &[V::Element],
    output: &mut [V::Element],
) where
    V::Element: Element,
{
    for at in (0..output.len()).step_by(V::LANES) {
        let left = output.len() - at;
        // SAFETY: Where fewer elements than a vector has are left, only those are read and written.
        unsafe {
            let (first, second) = (some::<V>(first.as_ptr().add(at), left), some::<V>(second.as_ptr().add(at), left));
            store_some(fused.apply(first.add(second)), output.as_mut_ptr().add(at), left);
        }
    }
}

/// # Safety
/// As [`add`].
#[inline(always)]
unsafe fn scale<V: Vector>(
    fused: Fused<V::Element>,
    factors: &[V::Element],
    summands: &[V::Element],
    input: &[V::Element],
    output: &mut [V::Element],
) where
    V::Element: Element,
{
    for at in (0..output.len()).step_by(V::LANES) {
        let left = output.len() - at;
        // SAFETY: Where fewer elements than a vector has are left, only those are read and written.
        unsafe {
            let [factors, summands, input] =
                [factors, summands, input].map(|numbers| some::<V>(numbers.as_ptr().add(at), left));
            store_some(fused.apply(input.multiply_add(factors, summands)), output.as_mut_ptr().add(at), left);
        }
    }
}

#[inline(always)]
fn normalize<E: Element, const FUSES: bool>(scale: softmax::Scale, logits: &[E], output: &mut [E]) {
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

/// Local response normalization of one pixel: divides each channel by a power of the squares of its neighbours.
#[inline(always)]
fn divide<E: Element>(geometry: &LocalResponseNormGeometry, input: &[E], output: &mut [E]) {
    let (share, k, power) = (E::of(geometry.alpha / geometry.size as f64), E::of(geometry.k), E::of(-geometry.beta));
    for (channel, output) in output.iter_mut().enumerate() {
        let squares = input[geometry.near(channel)].iter().fold(E::zero(), |sum, &value| sum + value * value);
        *output = input[channel] * (k + share * squares).powf(power);
    }
}

// SAFETY: Only pixels of the views are read and written, at the same position in all of them. Each part has rows of its own.
unsafe impl<E: Element> Step<E> for PerPixel<E> {
    fn reads(&self) -> Vec<View> {
        match self.function {
            PixelFunction::Add { second, .. } => vec![self.input, second],
            _ => vec![self.input],
        }
    }

    fn writes(&self) -> View {
        self.output
    }

    fn cost(&self) -> usize {
        let numbers = self.output.pixels() * self.output.channels;
        match &self.function {
            PixelFunction::Add { .. } | PixelFunction::Scale { .. } => numbers / 4,
            PixelFunction::LocalResponseNorm(geometry) => {
                numbers.saturating_mul(geometry.size.min(geometry.channels) + 32)
            }
            PixelFunction::Softmax(_) => numbers * 2,
        }
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        // SAFETY: The caller guarantees this.
        unsafe { for_each_set!(self: &PerPixel, run_with(memory: &Memory<'_, E>, part: Part)) }
    }
}
