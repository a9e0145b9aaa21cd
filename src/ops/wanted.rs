//! Inputs whose gradient isn't needed.
//!
//! The gradient of a network's input is rarely used, and computing it costs as much as the gradient of the first layer's weights.
//! While a thread runs a network on an input whose gradient isn't needed, operations with an expensive input gradient leave it
//! out.

use std::cell::Cell;

thread_local! {
    static UNWANTED: Cell<usize> = const { Cell::new(0) };
}

/// Restores the previous value when it is dropped, also if the thread panics.
struct Before(usize);

impl Drop for Before {
    fn drop(&mut self) {
        UNWANTED.set(self.0);
    }
}

/// Runs `run` on an input with these elements, whose gradient isn't needed. The elements must not move in memory meanwhile.
pub(super) fn without_gradient<E, R>(numbers: &[E], run: impl FnOnce() -> R) -> R {
    let _before = Before(UNWANTED.replace(numbers.as_ptr().addr()));
    run()
}

/// Whether the gradient of these elements is needed.
pub(super) fn is_wanted<E>(numbers: &[E]) -> bool {
    UNWANTED.get() != numbers.as_ptr().addr()
}
