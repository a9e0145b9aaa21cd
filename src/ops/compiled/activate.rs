//! Activations that aren't fused with the step before them.

use super::arena::Memory;
use super::program::{Part, Step};
use super::rows::Rows;
use super::view::View;
use crate::ops::Element;
use crate::ops::activation::{self, Function};
use crate::ops::vectorized::InstructionSet;

/// Applies a function to each element, in place.
#[derive(Debug)]
pub(crate) struct Activate {
    set: InstructionSet,
    function: Function,
    view: View,
}

impl Activate {
    pub(crate) fn new(set: InstructionSet, function: Function, view: View) -> Self {
        Activate { set, function, view }
    }
}

// SAFETY: Only pixels of the view are read and written, and each part has rows of its own.
unsafe impl<E: Element> Step<E> for Activate {
    fn reads(&self) -> Vec<View> {
        Vec::new()
    }

    fn writes(&self) -> View {
        self.view
    }

    fn cost(&self) -> usize {
        self.view.pixels() * self.view.channels
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        // SAFETY: The caller guarantees that the rows lie in the arena and belong to this part alone.
        let mut rows = unsafe { Rows::of(&self.view, memory, part) };
        rows.for_each_run(|numbers| activation::cpu::apply(self.set, self.function, numbers));
    }
}
