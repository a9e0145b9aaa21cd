//! A step's share of an image, as slices.

use std::ops::Range;

use super::arena::{Memory, View};
use super::program::Part;

/// Some rows of a view, and the numbers that they lie in.
pub(super) struct Rows<'a, E> {
    pub(super) numbers: &'a mut [E],
    /// Where those begin in the arena.
    pub(super) start: usize,
    /// Which rows they are, counted through all examples.
    pub(super) range: Range<usize>,
}

impl<'a, E> Rows<'a, E> {
    /// A part's share of the rows of a view.
    ///
    /// # Safety
    /// They lie in the arena, and nobody else reads or writes them, nor what is between them, as long as the result is used.
    pub(super) unsafe fn of(view: &View, memory: &'a Memory<'_, E>, part: Part) -> Self {
        let range = part.share(view.examples * view.height);
        if range.is_empty() || view.width * view.channels == 0 {
            return Rows { numbers: &mut [], start: view.start, range: 0..0 };
        }
        let (start, last) = (view.pixel(range.start * view.width), view.pixel(range.end * view.width - 1));
        // SAFETY: As the caller says. Rows follow each other in the order of their numbers, so that the parts' shares are apart.
        let numbers = unsafe { memory.write(start, last + view.channels - start) };
        Rows { numbers, start, range }
    }

    /// One pixel's numbers.
    pub(super) fn pixel(&mut self, view: &View, example: usize, row: usize, column: usize) -> &mut [E] {
        let start = view.at(example, row, column) - self.start;
        &mut self.numbers[start..][..view.channels]
    }
}

/// All of a view's numbers, to be read.
///
/// # Safety
/// They lie in the arena, and nobody writes them, nor what is between them, as long as the result is used.
pub(super) unsafe fn all<'a, E>(view: &View, memory: &'a Memory<'_, E>) -> &'a [E] {
    // SAFETY: As the caller says.
    unsafe { memory.read(view.start, view.end() - view.start) }
}
