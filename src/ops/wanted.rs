//! Whose gradient nobody asks for.
//!
//! Of a network's input the gradient is mostly computed for nothing, and it costs as much as that of the weights of the first
//! layer. While a thread runs a network on an input that nobody asks the gradient of, operations for which it is expensive
//! leave it out.

use std::cell::RefCell;

thread_local! {
    static UNWANTED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Takes the last one off the list, however its thread goes on.
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        UNWANTED.with_borrow_mut(Vec::pop);
    }
}

/// Runs what takes these elements, whose gradient is not asked for. They have to stay where they are meanwhile.
pub(super) fn without_gradient<E, R>(elements: &[E], run: impl FnOnce() -> R) -> R {
    UNWANTED.with_borrow_mut(|unwanted| unwanted.push(elements.as_ptr().addr()));
    let _last = Last;
    run()
}

/// Whether the gradient of these elements is asked for.
pub(super) fn is_wanted<E>(elements: &[E]) -> bool {
    !UNWANTED.with_borrow(|unwanted| unwanted.contains(&elements.as_ptr().addr()))
}
