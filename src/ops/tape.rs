//! Tapes that may be absent, which is known only at run time.

use std::fmt::{Debug, Formatter};

use dfdx::prelude::{Cpu, Dtype, Gradients, HasErr, Merge, NoneTape, OwnedTape, Storage, Tape};

use super::Element;
use super::once::once;

/// An operation of the backward pass.
type Backward<E, D> = Box<dyn FnOnce(&mut Gradients<E, D>) -> Result<(), <D as HasErr>::Err>>;

/// A tape that records, as a trait object: its code may be compiled in another crate.
pub trait TapeOf<E: Dtype, D: Storage<E>> {
    /// Adds an operation.
    fn add(&mut self, operation: Backward<E, D>);

    /// Adds the operations of another tape.
    fn merge(&mut self, other: Box<dyn TapeOf<E, D>>);

    /// dfdx's own tape.
    fn into_owned(self: Box<Self>) -> OwnedTape<E, D>;
}

impl<E: Dtype, D: Storage<E>> TapeOf<E, D> for OwnedTape<E, D> {
    fn add(&mut self, operation: Backward<E, D>) {
        self.add_backward_op(operation);
    }

    fn merge(&mut self, other: Box<dyn TapeOf<E, D>>) {
        *self = Merge::merge(std::mem::take(self), other.into_owned());
    }

    fn into_owned(self: Box<Self>) -> OwnedTape<E, D> {
        *self
    }
}

/// A device with tapes. The [`Cpu`]'s are compiled in this library, not in the crates that use it.
pub trait TapeDevice<E: Dtype>: Storage<E> {
    /// A tape as a trait object.
    fn tape(tape: OwnedTape<E, Self>) -> Box<dyn TapeOf<E, Self>> {
        Box::new(tape)
    }

    /// A new tape.
    fn empty_tape() -> Box<dyn TapeOf<E, Self>> {
        Self::tape(OwnedTape::default())
    }
}

impl<E: Element> TapeDevice<E> for Cpu {
    fn tape(tape: OwnedTape<E, Self>) -> Box<dyn TapeOf<E, Self>> {
        boxed(tape)
    }

    fn empty_tape() -> Box<dyn TapeOf<E, Self>> {
        empty()
    }
}

#[once]
fn boxed<E: Element>(tape: OwnedTape<E, Cpu>) -> Box<dyn TapeOf<E, Cpu>> {
    Box::new(tape)
}

#[once]
fn empty<E: Element>() -> Box<dyn TapeOf<E, Cpu>> {
    Box::new(OwnedTape::<E, Cpu>::default())
}

/// The tape of a value inside a network. It either records operations for a backward pass, or records nothing, as in evaluation.
///
/// With this type, the layers of a network are compiled once for both cases. An operation on two values merges their tapes; if
/// one of them doesn't record, the result doesn't record either. The default is an empty tape that records.
pub struct OptionalTape<E: Dtype, D: Storage<E>> {
    recording: bool,
    /// `None` until something is recorded.
    tape: Option<Box<dyn TapeOf<E, D>>>,
}

impl<E: Dtype, D: Storage<E>> OptionalTape<E, D> {
    /// A tape without operations. `recording` says whether it records.
    pub fn empty(recording: bool) -> Self {
        OptionalTape { recording, tape: None }
    }

    /// Whether operations are recorded.
    pub fn is_recording(&self) -> bool {
        self.recording
    }

    /// A tape with this tape's operations, followed by those of another one, if that one records.
    pub(crate) fn followed_by(self, other: Self) -> Self {
        if self.recording && other.recording { self.merge(other) } else { self }
    }
}

impl<E: Dtype, D: Storage<E>> Debug for OptionalTape<E, D> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("OptionalTape").field("recording", &self.recording).finish_non_exhaustive()
    }
}

impl<E: Dtype, D: Storage<E>> Default for OptionalTape<E, D> {
    fn default() -> Self {
        OptionalTape::empty(true)
    }
}

impl<E: Dtype, D: Storage<E>> Merge<Self> for OptionalTape<E, D> {
    fn merge(self, other: Self) -> Self {
        if !self.recording || !other.recording {
            return OptionalTape::empty(false);
        }
        let tape = match (self.tape, other.tape) {
            (Some(mut first), Some(second)) => {
                first.merge(second);
                Some(first)
            }
            (first, second) => first.or(second),
        };
        OptionalTape { recording: true, tape }
    }
}

impl<E: Dtype, D: Storage<E>> Merge<NoneTape> for OptionalTape<E, D> {
    fn merge(self, _: NoneTape) -> Self {
        self
    }
}

impl<E: Dtype, D: TapeDevice<E>> Tape<E, D> for OptionalTape<E, D> {
    // A tape that doesn't record drops the operations that it is given.
    const OWNS_TAPE: bool = true;

    fn add_backward_op<F>(&mut self, operation: F)
    where
        F: 'static + FnOnce(&mut Gradients<E, D>) -> Result<(), D::Err>,
    {
        if self.recording {
            self.tape.get_or_insert_with(D::empty_tape).add(Box::new(operation));
        }
    }
}

/// A tape that a network's input may have: none, or one that records.
pub trait InputTape<E: Dtype, D: TapeDevice<E>>: Tape<E, D> {
    /// The tape inside the network.
    fn into_optional(self) -> OptionalTape<E, D>;

    /// The tape of the network's output.
    fn of_output(tape: OptionalTape<E, D>) -> Self;
}

impl<E: Dtype, D: TapeDevice<E>> InputTape<E, D> for NoneTape {
    fn into_optional(self) -> OptionalTape<E, D> {
        OptionalTape::empty(false)
    }

    fn of_output(_: OptionalTape<E, D>) -> Self {
        NoneTape
    }
}

impl<E: Dtype, D: TapeDevice<E>> InputTape<E, D> for OwnedTape<E, D> {
    fn into_optional(self) -> OptionalTape<E, D> {
        OptionalTape { recording: true, tape: Some(D::tape(self)) }
    }

    fn of_output(tape: OptionalTape<E, D>) -> Self {
        tape.tape.map_or_else(OwnedTape::default, TapeOf::into_owned)
    }
}

impl<E: Dtype, D: TapeDevice<E>> InputTape<E, D> for OptionalTape<E, D> {
    fn into_optional(self) -> OptionalTape<E, D> {
        self
    }

    fn of_output(tape: OptionalTape<E, D>) -> Self {
        tape
    }
}
