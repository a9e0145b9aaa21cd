//! Short lists without memory of their own: kernels in plans allocate none.

use std::ops::{Deref, DerefMut};

/// The greatest number of axes of a tensor in an operation on any number of them.
pub(crate) const MOST_AXES: usize = 8;

/// A list of at most [`MOST_AXES`] items.
#[derive(Clone, Copy)]
pub(crate) struct Few<T> {
    items: [T; MOST_AXES],
    length: usize,
}

impl<T: Copy> Few<T> {
    /// An empty list. `filler` is what stands in the places behind its end.
    pub(crate) fn new(filler: T) -> Self {
        Few { items: [filler; MOST_AXES], length: 0 }
    }

    /// # Panics
    /// If the list is full.
    pub(crate) fn push(&mut self, item: T) {
        self.items[self.length] = item;
        self.length += 1;
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items[..self.length]
    }
}

impl<T> DerefMut for Few<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.items[..self.length]
    }
}
