//! Vectors of logits, block by block, for softmax and cross-entropy.

use std::ops::Range;

use crate::ops::Element;
use crate::ops::sums::sum;
use crate::ops::vectorized::{InstructionSet, vectorized};

/// The approximate number of elements in a block. A few blocks fit into the nearest cache.
const BLOCK: usize = 1 << 11;

/// The number of partial results that are computed side by side: one vector register, or two.
const LANES: usize = 8;

/// The layout of the vectors in examples with the elements `(classes, inner)`.
#[derive(Clone, Copy)]
pub(in crate::ops) struct Layout {
    pub(in crate::ops) classes: usize,
    pub(in crate::ops) inner: usize,
}

impl Layout {
    /// The number of examples in a task: a single one if it has several vectors, otherwise a block of them.
    pub(in crate::ops) fn examples(self) -> usize {
        if self.inner == 1 { (BLOCK / self.classes.max(1)).max(1) } else { 1 }
    }

    /// The vectors of a task, in blocks.
    pub(in crate::ops) fn blocks(self, vectors: usize) -> impl Iterator<Item = Range<usize>> {
        let length = (BLOCK / self.classes.max(1)).max(1);
        (0..vectors).step_by(length).map(move |first| first..vectors.min(first + length))
    }

    /// Copies the vectors of a block from a task's elements, one vector after the other.
    pub(in crate::ops) fn gather<E: Element>(self, elements: &[E], block: Range<usize>, vectors: &mut Vec<E>) {
        vectors.clear();
        if self.inner == 1 {
            vectors.extend_from_slice(&elements[block.start * self.classes..block.end * self.classes]);
            return;
        }
        vectors.resize(block.len() * self.classes, E::zero());
        for (class, elements) in elements.chunks_exact(self.inner).enumerate() {
            let vectors = vectors[class..].iter_mut().step_by(self.classes);
            vectors.zip(&elements[block.clone()]).for_each(|(to, &from)| *to = from);
        }
    }

    /// Calls `write` with each element of the block and the value at its position in the vectors.
    pub(in crate::ops) fn scatter<E: Element>(
        self,
        vectors: &[E],
        block: Range<usize>,
        elements: &mut [E],
        write: impl Fn(&mut E, E),
    ) {
        if self.inner == 1 {
            let elements = &mut elements[block.start * self.classes..block.end * self.classes];
            elements.iter_mut().zip(vectors).for_each(|(to, &from)| write(to, from));
            return;
        }
        for (class, elements) in elements.chunks_exact_mut(self.inner).enumerate() {
            let vectors = vectors[class..].iter().step_by(self.classes);
            elements[block.clone()].iter_mut().zip(vectors).for_each(|(to, &from)| write(to, from));
        }
    }
}

/// The vectors of a block, one after the other.
pub(in crate::ops) struct Vectors<E> {
    /// The logits minus the largest logit of their vector, so that no exponential overflows.
    pub(in crate::ops) logits: Vec<E>,
    /// The exponentials of `logits`.
    pub(in crate::ops) exponentials: Vec<E>,
    /// The sum of each vector's exponentials.
    pub(in crate::ops) totals: Vec<E>,
}

impl<E: Element> Vectors<E> {
    pub(in crate::ops) fn new() -> Self {
        Vectors { logits: Vec::new(), exponentials: Vec::new(), totals: Vec::new() }
    }

    /// Loads a block of a task's logits.
    pub(in crate::ops) fn load(&mut self, set: InstructionSet, layout: Layout, logits: &[E], block: Range<usize>) {
        layout.gather(logits, block, &mut self.logits);
        self.exponentials.resize(self.logits.len(), E::zero());
        exponentials(set, layout.classes, &mut self.logits, &mut self.exponentials);
        self.totals.clear();
        self.totals.extend(self.exponentials.chunks_exact(layout.classes).map(sum));
    }
}

vectorized! {
    /// Subtracts the largest logit of each vector, and writes the exponentials.
    fn exponentials<E, const FUSES: bool>(classes: usize, logits: &mut [E], exponentials: &mut [E]) {
        for logits in logits.chunks_exact_mut(classes) {
            let greatest = greatest(logits);
            for logit in logits {
                *logit -= greatest;
            }
        }
        for (exponential, &logit) in exponentials.iter_mut().zip(&*logits) {
            *exponential = logit.exponential::<FUSES>();
        }
    }
}

/// The maximum of some values, without those that are NaN.
#[inline(always)]
fn greatest<E: Element>(values: &[E]) -> E {
    let greater = |greatest: E, value: E| if value > greatest { value } else { greatest };
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [E::neg_infinity(); LANES];
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = greater(*lane, value);
        }
    }
    lanes.iter().chain(rest).fold(E::neg_infinity(), |greatest, &value| greater(greatest, value))
}
