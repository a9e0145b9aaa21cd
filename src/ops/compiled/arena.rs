//! The memory that a plan computes in.

use std::alloc::{self, Layout};
use std::fmt::{Debug, Formatter};
use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::NonNull;

use crate::ops::Element;

/// The alignment of arenas and weights, in bytes: a line of the processor's cache.
const LINE: usize = 64;

/// A slice of elements that begins at a cache line.
pub(super) struct Aligned<E> {
    first: NonNull<E>,
    length: usize,
}

// SAFETY: It owns its elements, as a boxed slice does.
unsafe impl<E: Send> Send for Aligned<E> {}
// SAFETY: As above.
unsafe impl<E: Sync> Sync for Aligned<E> {}

impl<E: Element> Aligned<E> {
    fn layout(length: usize) -> Option<Layout> {
        Layout::array::<E>(length).ok()?.align_to(LINE).ok()
    }

    /// `length` zeros, or `None` if there isn't enough memory. (The operating system may also fail later, when they are written.)
    fn try_zeros(length: usize) -> Option<Self> {
        let layout = Self::layout(length)?;
        if layout.size() == 0 {
            return Some(Aligned { first: NonNull::dangling(), length });
        }
        // SAFETY: The size of the layout isn't 0.
        let first = unsafe { alloc::alloc_zeroed(layout) };
        // If all bytes are 0, the elements are 0: `Element` is sealed, and is `f32` or `f64`.
        NonNull::new(first.cast()).map(|first| Aligned { first, length })
    }

    /// `length` zeros.
    pub(super) fn zeros(length: usize) -> Self {
        Self::try_zeros(length).unwrap_or_else(|| match Self::layout(length) {
            Some(layout) => alloc::handle_alloc_error(layout),
            None => panic!("{length} elements are more than memory can have"),
        })
    }

    /// The elements.
    pub(super) fn as_slice(&self) -> &[E] {
        // SAFETY: There are `length` elements, which are initialized, and which are borrowed with `self`.
        unsafe { std::slice::from_raw_parts(self.first.as_ptr(), self.length) }
    }

    /// The elements.
    pub(super) fn as_mut_slice(&mut self) -> &mut [E] {
        // SAFETY: As above; the elements are borrowed mutably with `self`.
        unsafe { std::slice::from_raw_parts_mut(self.first.as_ptr(), self.length) }
    }
}

impl<E> Drop for Aligned<E> {
    fn drop(&mut self) {
        // The layout of the allocation, so it is valid.
        if let Ok(layout) = Layout::array::<E>(self.length).and_then(|layout| layout.align_to(LINE))
            && layout.size() > 0
        {
            // SAFETY: The elements were allocated with this layout, and no reference to them is left.
            unsafe { alloc::dealloc(self.first.as_ptr().cast(), layout) }
        }
    }
}

impl<E> Debug for Aligned<E> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} elements", self.length)
    }
}

/// The memory that a plan computes in, and the indices that it looks up. Both sizes are known before the plan runs.
pub(crate) struct Arena<E> {
    elements: Aligned<E>,
    indices: Box<[usize]>,
}

impl<E: Element> Arena<E> {
    /// An arena of `length` zeros.
    pub(crate) fn new(length: usize) -> Self {
        Arena { elements: Aligned::zeros(length), indices: Box::default() }
    }

    /// An arena of `length` zeros with room for as many indices, or `None` if there isn't enough memory.
    pub(crate) fn try_new(length: usize, indices: usize) -> Option<Self> {
        Some(Arena { elements: Aligned::try_zeros(length)?, indices: vec![0; indices].into() })
    }

    /// The indices.
    pub(crate) fn indices(&mut self) -> &mut [usize] {
        &mut self.indices
    }

    /// The elements in a range.
    pub(crate) fn get(&mut self, range: Range<usize>) -> &mut [E] {
        &mut self.all()[range]
    }

    /// All elements.
    pub(crate) fn all(&mut self) -> &mut [E] {
        self.elements.as_mut_slice()
    }

    /// The memory that threads share, each of which writes elements of its own. As long as it exists, [`get`](Self::get) can't be
    /// called.
    pub(super) fn memory(&self) -> Memory<'_, E> {
        let Aligned { first, length } = self.elements;
        Memory { numbers: first, length, indices: &self.indices, arena: PhantomData }
    }
}

/// An arena that threads share while a step runs.
pub(crate) struct Memory<'a, E> {
    numbers: NonNull<E>,
    length: usize,
    indices: &'a [usize],
    arena: PhantomData<&'a Arena<E>>,
}

// SAFETY: This is an address and a length, and indices that nobody writes meanwhile. At each of the unsafe methods below, the caller guarantees that no other thread writes
// the same elements meanwhile.
unsafe impl<E: Send + Sync> Sync for Memory<'_, E> {}

impl<E> Memory<'_, E> {
    /// The number of elements.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// The indices.
    pub(super) fn indices(&self) -> &[usize] {
        self.indices
    }

    /// The address of an element.
    pub(super) fn address(&self, position: usize) -> *mut E {
        debug_assert!(position <= self.length, "position {position} of {}", self.length);
        self.numbers.as_ptr().wrapping_add(position)
    }

    /// Some elements, for reading.
    ///
    /// # Safety
    /// They lie in the arena, and no thread writes them as long as the result is used.
    pub(super) unsafe fn read(&self, start: usize, length: usize) -> &[E] {
        debug_assert!(start + length <= self.length, "{start} + {length} of {}", self.length);
        // SAFETY: The caller guarantees that they lie in the arena and that no thread writes them. All of the arena is
        // initialized.
        unsafe { std::slice::from_raw_parts(self.address(start), length) }
    }

    /// Some elements, for writing.
    ///
    /// # Safety
    /// They lie in the arena, and no other thread accesses them as long as the result is used.
    #[allow(clippy::mut_from_ref)]
    pub(super) unsafe fn write(&self, start: usize, length: usize) -> &mut [E] {
        debug_assert!(start + length <= self.length, "{start} + {length} of {}", self.length);
        // SAFETY: The caller guarantees that they lie in the arena and that no other thread accesses them. All of the arena is
        // initialized.
        unsafe { std::slice::from_raw_parts_mut(self.address(start), length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For any length, 0 included. A length that can't be allocated returns `None`.
    #[test]
    fn numbers_are_zeros_that_begin_at_a_line() {
        for length in [0, 1, 15, 16, 17, 1000] {
            let mut numbers = Aligned::<f64>::zeros(length);
            assert_eq!(numbers.as_slice(), vec![0.0; length]);
            assert!(length == 0 || numbers.as_slice().as_ptr().addr().is_multiple_of(LINE));
            numbers.as_mut_slice().fill(1.0);
            assert_eq!(numbers.as_slice(), vec![1.0; length]);
        }
        for length in [usize::MAX, usize::MAX / 8 + 2, 1 << 59] {
            assert!(Arena::<f64>::try_new(length, 0).is_none(), "{length}");
        }
    }
}
