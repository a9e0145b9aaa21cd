//! Vectors of logits, block by block: what softmax and cross-entropy have in common.

use std::ops::Range;

use crate::ops::Element;
use crate::ops::sums::sum;
use crate::ops::vectorized::{InstructionSet, vectorized};

/// How many numbers a block has, about: a few times as many stay in the nearest cache.
const BLOCK: usize = 1 << 11;

/// How many partial results run side by side: a vector register or two.
const LANES: usize = 8;

/// Where the vectors lie in examples with the elements `(classes, inner)`.
#[derive(Clone, Copy)]
pub(in crate::ops) struct Layout {
    pub(in crate::ops) classes: usize,
    pub(in crate::ops) inner: usize,
}

impl Layout {
    /// How many examples a task takes: one that has several vectors, or a block of those that have one.
    pub(in crate::ops) fn examples(self) -> usize {
        if self.inner == 1 { (BLOCK / self.classes.max(1)).max(1) } else { 1 }
    }

    /// The vectors of a task, in blocks.
    pub(in crate::ops) fn blocks(self, vectors: usize) -> impl Iterator<Item = Range<usize>> {
        let length = (BLOCK / self.classes.max(1)).max(1);
        (0..vectors).step_by(length).map(move |first| first..vectors.min(first + length))
    }

    /// Writes the vectors of a block out of a task's elements, one after the other.
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

    /// Hands each element of a task that belongs to a block to `write`, with what is at its place in the vectors.
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
    /// The logits, relative to the greatest of their vector, so that no exponential overflows.
    pub(in crate::ops) logits: Vec<E>,
    /// The exponentials of those.
    pub(in crate::ops) exponentials: Vec<E>,
    /// The sum of each vector's exponentials.
    pub(in crate::ops) totals: Vec<E>,
}

impl<E: Element> Vectors<E> {
    pub(in crate::ops) fn new() -> Self {
        Vectors { logits: Vec::new(), exponentials: Vec::new(), totals: Vec::new() }
    }

    /// Takes a block out of a task's logits.
    pub(in crate::ops) fn load(&mut self, set: InstructionSet, layout: Layout, logits: &[E], block: Range<usize>) {
        layout.gather(logits, block, &mut self.logits);
        self.exponentials.resize(self.logits.len(), E::zero());
        exponentials(set, layout.classes, &mut self.logits, &mut self.exponentials);
        self.totals.clear();
        self.totals.extend(self.exponentials.chunks_exact(layout.classes).map(sum));
    }
}

vectorized! {
    /// Makes logits relative to the greatest of their vector, and writes their exponentials.
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

/// The greatest of some numbers, leaving `NaN` aside.
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
