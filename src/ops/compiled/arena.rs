//! Where the numbers of a plan lie while it runs.

use std::alloc::{self, Layout};
use std::fmt::{Debug, Formatter};
use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::NonNull;

use crate::ops::Element;

/// What numbers are aligned to, in bytes: a line of the processor's cache.
const LINE: usize = 64;

/// Numbers that begin at a line of the cache.
pub(super) struct Aligned<E> {
    first: NonNull<E>,
    length: usize,
}

// SAFETY: It owns its numbers, as a boxed slice does.
unsafe impl<E: Send> Send for Aligned<E> {}
// SAFETY: As above.
unsafe impl<E: Sync> Sync for Aligned<E> {}

impl<E: Element> Aligned<E> {
    fn layout(length: usize) -> Option<Layout> {
        Layout::array::<E>(length).ok()?.align_to(LINE).ok()
    }

    /// That many zeros, or `None` if there isn't as much memory. (The operating system may find out when they are written.)
    fn try_zeros(length: usize) -> Option<Self> {
        let layout = Self::layout(length)?;
        if layout.size() == 0 {
            return Some(Aligned { first: NonNull::dangling(), length });
        }
        // SAFETY: The layout has a size.
        let first = unsafe { alloc::alloc_zeroed(layout) };
        // Zeros of all bytes are the number zero: `Element` is sealed, `f32` or `f64`.
        NonNull::new(first.cast()).map(|first| Aligned { first, length })
    }

    /// That many zeros.
    pub(super) fn zeros(length: usize) -> Self {
        Self::try_zeros(length).unwrap_or_else(|| match Self::layout(length) {
            Some(layout) => alloc::handle_alloc_error(layout),
            None => panic!("{length} numbers are more than memory can have"),
        })
    }

    /// The numbers.
    pub(super) fn as_slice(&self) -> &[E] {
        // SAFETY: There are so many numbers, which were zeros at first, and are borrowed with `self`.
        unsafe { std::slice::from_raw_parts(self.first.as_ptr(), self.length) }
    }

    /// The numbers.
    pub(super) fn as_mut_slice(&mut self) -> &mut [E] {
        // SAFETY: As above; they are borrowed mutably with `self`.
        unsafe { std::slice::from_raw_parts_mut(self.first.as_ptr(), self.length) }
    }
}

impl<E> Drop for Aligned<E> {
    fn drop(&mut self) {
        // As when they were allocated, which could be computed then.
        if let Ok(layout) = Layout::array::<E>(self.length).and_then(|layout| layout.align_to(LINE))
            && layout.size() > 0
        {
            // SAFETY: They were allocated with this layout, and nobody has them any more.
            unsafe { alloc::dealloc(self.first.as_ptr().cast(), layout) }
        }
    }
}

impl<E> Debug for Aligned<E> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} numbers", self.length)
    }
}

/// What a plan computes in: one piece of memory, whose size is known before it runs.
pub(crate) struct Arena<E>(Aligned<E>);

impl<E: Element> Arena<E> {
    /// An arena of that many zeros.
    pub(crate) fn new(length: usize) -> Self {
        Arena(Aligned::zeros(length))
    }

    /// An arena of that many zeros, or `None` if there isn't as much memory.
    pub(crate) fn try_new(length: usize) -> Option<Self> {
        Aligned::try_zeros(length).map(Arena)
    }

    /// The numbers in a range.
    pub(crate) fn get(&mut self, range: Range<usize>) -> &mut [E] {
        &mut self.all()[range]
    }

    /// All numbers.
    pub(crate) fn all(&mut self) -> &mut [E] {
        self.0.as_mut_slice()
    }

    /// What threads share, each of which writes numbers of its own. As long as they have it, [`get`](Self::get) can't be called.
    pub(super) fn memory(&self) -> Memory<'_, E> {
        Memory { numbers: self.0.first, length: self.0.length, arena: PhantomData }
    }
}

/// An arena that threads share while a step runs.
pub(crate) struct Memory<'a, E> {
    numbers: NonNull<E>,
    length: usize,
    arena: PhantomData<&'a Arena<E>>,
}

// SAFETY: It is an address and a length. Whoever reads or writes through it promises, at each of the unsafe methods below,
// that no other thread writes the same numbers meanwhile.
unsafe impl<E: Send + Sync> Sync for Memory<'_, E> {}

impl<E> Memory<'_, E> {
    /// How many numbers there are.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// The address of a number.
    pub(super) fn address(&self, position: usize) -> *mut E {
        debug_assert!(position <= self.length, "position {position} of {}", self.length);
        self.numbers.as_ptr().wrapping_add(position)
    }

    /// Numbers to be read.
    ///
    /// # Safety
    /// They lie in the arena, and nobody writes them as long as the result is used.
    pub(super) unsafe fn read(&self, start: usize, length: usize) -> &[E] {
        debug_assert!(start + length <= self.length, "{start} + {length} of {}", self.length);
        // SAFETY: They lie in the arena, are initialized as all of it is, and nobody writes them, says the caller.
        unsafe { std::slice::from_raw_parts(self.address(start), length) }
    }

    /// Numbers to be written.
    ///
    /// # Safety
    /// They lie in the arena, and nobody else reads or writes them as long as the result is used.
    #[allow(clippy::mut_from_ref)]
    pub(super) unsafe fn write(&self, start: usize, length: usize) -> &mut [E] {
        debug_assert!(start + length <= self.length, "{start} + {length} of {}", self.length);
        // SAFETY: They lie in the arena, are initialized as all of it is, and are nobody else's, says the caller.
        unsafe { std::slice::from_raw_parts_mut(self.address(start), length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of any length, none included; what can't be had is `None`.
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
            assert!(Arena::<f64>::try_new(length).is_none(), "{length}");
        }
    }
}
