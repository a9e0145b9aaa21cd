//! Operations that have no form of their own in a plan: they run as they do outside of it.

use super::arena::Memory;
use super::program::{Part, Step};
use super::view::View;
use crate::ops::Element;
use crate::ops::few::Few;
use crate::ops::operation::Operation;
use crate::ops::parallel::alone;

/// Runs an operation on rows, on one thread.
#[derive(Debug)]
pub(crate) struct Operate {
    operation: Operation,
    inputs: Vec<View>,
    to: View,
}

impl Operate {
    /// # Panics
    /// If a view has gaps, or if their lengths don't fit the operation.
    pub(crate) fn new(operation: Operation, inputs: Vec<View>, to: View) -> Self {
        assert!(to.is_dense() && inputs.iter().all(View::is_dense), "an operation reads and writes rows without gaps");
        let length = |view: &View| view.pixels() * view.channels;
        operation.geometry().check(&inputs.iter().map(length).collect::<Vec<_>>(), length(&to));
        Operate { operation, inputs, to }
    }
}

// SAFETY: The views have no gaps, so what is read and written are their elements. A single part writes all of them.
unsafe impl<E: Element> Step<E> for Operate {
    fn reads(&self) -> Vec<View> {
        self.inputs.clone()
    }

    fn writes(&self) -> View {
        self.to
    }

    fn cost(&self) -> usize {
        self.to.pixels() * self.to.channels
    }

    fn parts(&self, _: usize) -> usize {
        1
    }

    unsafe fn run(&self, memory: &Memory<'_, E>, _: usize, part: Part) {
        if part.number > 0 {
            return;
        }
        let length = |view: &View| view.pixels() * view.channels;
        // SAFETY: The views lie in the arena, and their elements follow each other. The caller guarantees that no thread writes
        // what is read, or accesses what is written, and the views that are read don't overlap the one that is written.
        let (inputs, output) = unsafe {
            let mut inputs: Few<&[E]> = Few::new(&[]);
            self.inputs.iter().for_each(|view| inputs.push(memory.read(view.start, length(view))));
            (inputs, memory.write(self.to.start, length(&self.to)))
        };
        output.fill(E::zero());
        alone(|| self.operation.operator::<E>().forward(&inputs, output));
    }
}
