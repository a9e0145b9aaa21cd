//! The pixels of a view as slices.

use std::ops::Range;

use super::arena::Memory;
use super::program::Part;
use super::view::View;

/// The pixels of a view, for reading.
pub(super) struct Pixels<'a, E> {
    view: &'a View,
    memory: &'a Memory<'a, E>,
}

impl<'a, E> Pixels<'a, E> {
    /// All pixels of a view.
    ///
    /// # Safety
    /// They lie in the arena, and no thread writes them as long as the result is used.
    pub(super) unsafe fn of(view: &'a View, memory: &'a Memory<'a, E>) -> Self {
        Pixels { view, memory }
    }

    /// The elements of a pixel.
    #[inline(always)]
    pub(super) fn pixel(&self, example: usize, row: usize, column: usize) -> &'a [E] {
        let view = self.view;
        assert!(example < view.examples && row < view.height && column < view.width, "there is no such pixel");
        // SAFETY: The pixel belongs to the view. The caller of `of` guarantees that it lies in the arena, and that no thread
        // writes it.
        unsafe { self.memory.read(view.at(example, row, column), view.channels) }
    }
}

/// One part's share of the rows of a view, for writing.
pub(super) struct Rows<'a, E> {
    view: &'a View,
    memory: &'a Memory<'a, E>,
    /// The range of rows, counted through all examples.
    range: Range<usize>,
}

impl<'a, E> Rows<'a, E> {
    /// One part's share of the rows of a view.
    ///
    /// # Safety
    /// They lie in the arena, and no other thread accesses them as long as the result is used.
    pub(super) unsafe fn of(view: &'a View, memory: &'a Memory<'a, E>, part: Part) -> Self {
        Rows { view, memory, range: part.share(view.examples * view.height) }
    }

    /// The example and the row within it, for each of the rows.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, usize)> + use<E> {
        let height = self.view.height;
        self.range.clone().map(move |row| (row / height, row % height))
    }

    /// The elements of a pixel.
    #[inline(always)]
    pub(super) fn pixel(&mut self, example: usize, row: usize, column: usize) -> &mut [E] {
        let view = self.view;
        let is_inside = example < view.examples && row < view.height && column < view.width;
        assert!(is_inside && self.range.contains(&(example * view.height + row)), "there is no such pixel");
        // SAFETY: The pixel belongs to the rows. The caller of `of` guarantees that they lie in the arena, and that no other
        // thread accesses them. The result borrows all of them.
        unsafe { self.memory.write(view.at(example, row, column), view.channels) }
    }

    /// Calls `visit` with all elements, in the longest slices without gaps: all rows, a row, or a pixel.
    pub(super) fn for_each_run(&mut self, mut visit: impl FnMut(&mut [E])) {
        let view = self.view;
        if view.is_empty() || self.range.is_empty() {
            return;
        }
        let row = view.width * view.channels;
        let at = |row: usize| view.at(row / view.height, row % view.height, 0);
        // SAFETY: If there are no gaps, these are the elements of all the rows, or of one row, in order. Otherwise as in `pixel`.
        let numbers = |start: usize, length: usize| unsafe { self.memory.write(start, length) };
        if view.is_dense() {
            return visit(numbers(at(self.range.start), self.range.len() * row));
        }
        for (example, row_number) in self.places() {
            if view.has_dense_rows() {
                visit(numbers(view.at(example, row_number, 0), row));
            } else {
                (0..view.width).for_each(|column| visit(numbers(view.at(example, row_number, column), view.channels)));
            }
        }
    }
}
