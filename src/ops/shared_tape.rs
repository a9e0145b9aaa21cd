//! A tape that several tensors share.

use std::cell::RefCell;
use std::rc::Rc;

use dfdx::prelude::{Dtype, Merge};

use super::{OptionalTape, TapeDevice};

/// A tape that all tensors of a computation share, so that each of them may be used several times. Tensors that come together join
/// their tapes.
pub(super) struct SharedTape<E: Dtype, D: TapeDevice<E>>(Rc<RefCell<State<E, D>>>);

enum State<E: Dtype, D: TapeDevice<E>> {
    Tape(OptionalTape<E, D>),
    /// The tape is part of another one now.
    Joined(SharedTape<E, D>),
}

impl<E: Dtype, D: TapeDevice<E>> Clone for SharedTape<E, D> {
    fn clone(&self) -> Self {
        SharedTape(Rc::clone(&self.0))
    }
}

impl<E: Dtype, D: TapeDevice<E>> SharedTape<E, D> {
    pub(super) fn new(tape: OptionalTape<E, D>) -> Self {
        SharedTape(Rc::new(RefCell::new(State::Tape(tape))))
    }

    /// The shared tape that this one has become part of.
    fn root(&self) -> Self {
        match &*self.0.borrow() {
            State::Tape(_) => self.clone(),
            State::Joined(other) => other.root(),
        }
    }

    /// Takes what was recorded. An empty tape of the same kind remains.
    pub(super) fn take(&self) -> OptionalTape<E, D> {
        match &mut *self.root().0.borrow_mut() {
            State::Tape(tape) => {
                let empty = OptionalTape::empty(tape.is_recording());
                std::mem::replace(tape, empty)
            }
            State::Joined(_) => OptionalTape::default(),
        }
    }

    /// Puts a tape in the place of this one.
    pub(super) fn put(&self, tape: OptionalTape<E, D>) {
        *self.root().0.borrow_mut() = State::Tape(tape);
    }

    /// Joins this tape and another one. If one of them doesn't record, neither does afterwards.
    pub(super) fn join(&self, other: &Self) {
        let (own, other) = (self.root(), other.root());
        if Rc::ptr_eq(&own.0, &other.0) {
            return;
        }
        let tape = own.take().merge(other.take());
        own.put(tape);
        *other.0.borrow_mut() = State::Joined(own);
    }
}
