//! Upsampling of all channels of a pixel at once.

use super::arena::Memory;
use super::program::{Part, Step};
use super::rows::{Pixels, Rows};
use super::view::View;
use crate::ops::Element;
use crate::ops::upsample::{Source, UpsampleGeometry};
use crate::ops::vectorized::{InstructionSet, vectorized};

/// Resizes images.
#[derive(Debug)]
pub(crate) struct Upsample {
    set: InstructionSet,
    input: View,
    output: View,
    vertical: Vec<Source>,
    horizontal: Vec<Source>,
}

impl Upsample {
    /// # Panics
    /// If the sizes of the views don't fit the geometry.
    pub(crate) fn new(set: InstructionSet, geometry: &UpsampleGeometry, input: View, output: View) -> Self {
        let (vertical, horizontal) = (geometry.vertical, geometry.horizontal);
        let [examples, .., channels] = output.sizes();
        let sizes = |height: usize, width: usize| [examples, height, width, channels];
        assert_eq!(input.sizes(), sizes(vertical.input, horizontal.input), "the input fits {geometry:?}");
        assert_eq!(output.sizes(), sizes(vertical.output, horizontal.output), "the output fits {geometry:?}");
        Upsample {
            set,
            input,
            output,
            vertical: vertical.sources(geometry.mode),
            horizontal: horizontal.sources(geometry.mode),
        }
    }
}

vectorized! {
    fn stretch<E, const FUSES: bool>(step: &Upsample, input: &Pixels<'_, E>, rows: &mut Rows<'_, E>) {
        for (example, row) in rows.places() {
            let down = &step.vertical[row];
            for (column, along) in step.horizontal.iter().enumerate() {
                let output = rows.pixel(example, row, column);
                output.fill(E::zero());
                for (row, share) in [(down.low, 1.0 - down.share), (down.high, down.share)] {
                    for (column, part) in [(along.low, 1.0 - along.share), (along.high, along.share)] {
                        // An input with weight 0 isn't read: it may be infinite or NaN.
                        let share = E::of(share * part);
                        if share != E::zero() {
                            let input = input.pixel(example, row, column);
                            output.iter_mut().zip(input).for_each(|(sum, &value)| *sum += share * value);
                        }
                    }
                }
            }
        }
    }
}

// SAFETY: Only pixels of both views are read and written, and each part has rows of its own.
unsafe impl<E: Element> Step<E> for Upsample {
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
        // SAFETY: The caller guarantees that the pixels lie in the arena, that the input and the output don't overlap, and that
        // the rows belong to this part alone.
        let (input, mut rows) = unsafe { (Pixels::of(&self.input, memory), Rows::of(&self.output, memory, part)) };
        stretch(self.set, self, &input, &mut rows);
    }
}
