//! Whose gradient nobody asks for.
//!
//! Of a network's input the gradient is mostly computed for nothing, and it costs as much as that of the weights of the first
//! layer. While a thread runs a network on an input that nobody asks the gradient of, operations for which it is expensive
//! leave it out.

use std::cell::Cell;

thread_local! {
    static UNWANTED: Cell<usize> = const { Cell::new(0) };
}

/// Puts back what was there, however its thread goes on.
struct Before(usize);

impl Drop for Before {
    fn drop(&mut self) {
        UNWANTED.set(self.0);
    }
}

/// Runs what takes these numbers, whose gradient nobody asks for. They have to stay where they are meanwhile.
pub(super) fn without_gradient<E, R>(numbers: &[E], run: impl FnOnce() -> R) -> R {
    let _before = Before(UNWANTED.replace(numbers.as_ptr().addr()));
    run()
}

/// Whether somebody asks for the gradient of these numbers.
pub(super) fn is_wanted<E>(numbers: &[E]) -> bool {
    UNWANTED.get() != numbers.as_ptr().addr()
}
