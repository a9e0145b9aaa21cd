//! Inputs whose gradient isn't needed.
//!
//! The gradient of a network's input is rarely used, and computing it costs as much as the gradient of the first layer's weights.
//! While a thread runs a network on an input whose gradient isn't needed, operations leave it out.

use std::cell::RefCell;

thread_local! {
    static UNWANTED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Removes the last address when it is dropped, also if the thread panics.
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        UNWANTED.with_borrow_mut(Vec::pop);
    }
}

/// Runs `run` on an input with these elements, whose gradient isn't needed. The elements must not move in memory meanwhile.
pub(super) fn without_gradient<E, R>(elements: &[E], run: impl FnOnce() -> R) -> R {
    UNWANTED.with_borrow_mut(|unwanted| unwanted.push(elements.as_ptr().addr()));
    let _last = Last;
    run()
}

/// Whether the gradient of these elements is needed.
pub(super) fn is_wanted<E>(elements: &[E]) -> bool {
    !UNWANTED.with_borrow(|unwanted| unwanted.contains(&elements.as_ptr().addr()))
}
