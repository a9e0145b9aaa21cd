//! Tapes that may be absent, which is known only at run time.

use std::fmt::{Debug, Formatter};

use dfdx::prelude::{Dtype, Gradients, Merge, NoneTape, OwnedTape, Storage, Tape};

/// The tape of a value inside a network. It either records operations for a backward pass, or records nothing, as in evaluation.
///
/// With this type, the layers of a network are compiled once for both cases. An operation on two values merges their tapes; if
/// one of them doesn't record, the result doesn't record either. The default is an empty tape that records.
pub struct OptionalTape<E: Dtype, D: Storage<E>>(Option<OwnedTape<E, D>>);

impl<E: Dtype, D: Storage<E>> OptionalTape<E, D> {
    /// A tape without operations. `recording` says whether it records.
    pub fn empty(recording: bool) -> Self {
        OptionalTape(recording.then(OwnedTape::default))
    }

    /// Whether operations are recorded.
    pub fn is_recording(&self) -> bool {
        self.0.is_some()
    }

    /// A tape with this tape's operations, followed by those of another one, if that one records.
    pub(crate) fn followed_by(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(first), Some(second)) => OptionalTape(Some(first.merge(second))),
            (first, _) => OptionalTape(first),
        }
    }
}

impl<E: Dtype, D: Storage<E>> Debug for OptionalTape<E, D> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("OptionalTape").field("recording", &self.is_recording()).finish_non_exhaustive()
    }
}

impl<E: Dtype, D: Storage<E>> Default for OptionalTape<E, D> {
    fn default() -> Self {
        OptionalTape::empty(true)
    }
}

impl<E: Dtype, D: Storage<E>> Merge<Self> for OptionalTape<E, D> {
    fn merge(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(first), Some(second)) => OptionalTape(Some(first.merge(second))),
            _ => OptionalTape(None),
        }
    }
}

impl<E: Dtype, D: Storage<E>> Merge<NoneTape> for OptionalTape<E, D> {
    fn merge(self, _: NoneTape) -> Self {
        self
    }
}

impl<E: Dtype, D: Storage<E>> Tape<E, D> for OptionalTape<E, D> {
    // A tape that doesn't record discards the operations that are added to it.
    const OWNS_TAPE: bool = true;

    fn add_backward_op<F>(&mut self, operation: F)
    where
        F: 'static + FnOnce(&mut Gradients<E, D>) -> Result<(), D::Err>,
    {
        if let Some(tape) = &mut self.0 {
            tape.add_backward_op(operation);
        }
    }
}

/// The type of a network input's tape: always absent, always recording, or optional.
pub trait InputTape<E: Dtype, D: Storage<E>>: Tape<E, D> {
    /// The tape within the network.
    fn into_optional(self) -> OptionalTape<E, D>;

    /// The tape of the network's output.
    fn of_output(tape: OptionalTape<E, D>) -> Self;
}

impl<E: Dtype, D: Storage<E>> InputTape<E, D> for NoneTape {
    fn into_optional(self) -> OptionalTape<E, D> {
        OptionalTape(None)
    }

    fn of_output(_: OptionalTape<E, D>) -> Self {
        NoneTape
    }
}

impl<E: Dtype, D: Storage<E>> InputTape<E, D> for OwnedTape<E, D> {
    fn into_optional(self) -> OptionalTape<E, D> {
        OptionalTape(Some(self))
    }

    fn of_output(tape: OptionalTape<E, D>) -> Self {
        tape.0.unwrap_or_default()
    }
}

impl<E: Dtype, D: Storage<E>> InputTape<E, D> for OptionalTape<E, D> {
    fn into_optional(self) -> OptionalTape<E, D> {
        self
    }

    fn of_output(tape: OptionalTape<E, D>) -> Self {
        tape
    }
}
