//! Upsampling, all channels of a pixel at once.

use super::arena::{Memory, View};
use super::program::{Part, Step};
use super::rows::{Rows, all};
use crate::ops::Element;
use crate::ops::upsample::{Source, UpsampleGeometry};
use crate::ops::vectorized::{InstructionSet, vectorized};

/// An image in another size.
#[derive(Debug)]
pub(crate) struct Upsample {
    set: InstructionSet,
    input: View,
    output: View,
    vertical: Vec<Source>,
    horizontal: Vec<Source>,
}

impl Upsample {
    pub(crate) fn new(set: InstructionSet, geometry: &UpsampleGeometry, input: View, output: View) -> Self {
        Upsample {
            set,
            input,
            output,
            vertical: geometry.vertical.sources(geometry.mode),
            horizontal: geometry.horizontal.sources(geometry.mode),
        }
    }
}

vectorized! {
    fn stretch<E, const FUSES: bool>(step: &Upsample, input: &[E], rows: &mut Rows<'_, E>) {
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

impl<E: Element> Step<E> for Upsample {
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
