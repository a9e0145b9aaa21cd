//! Activations that are no part of the step before them.

use super::arena::{Memory, View};
use super::program::{Part, Step};
use super::rows::Rows;
use crate::ops::Element;
use crate::ops::activation::{self, Function};
use crate::ops::vectorized::InstructionSet;

/// A function of each number, in place.
#[derive(Debug)]
pub(crate) struct Activate {
    pub(crate) set: InstructionSet,
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
        let view = &self.view;
        // SAFETY: They lie in the arena, and are this part's own, says the caller.
        let mut rows = unsafe { Rows::of(view, memory, part) };
        let apply = |numbers: &mut [E]| activation::cpu::apply(self.set, self.function, numbers);
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
