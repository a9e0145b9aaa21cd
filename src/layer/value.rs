//! What passes from layer to layer.

use std::sync::Arc;

use dfdx::shapes::{Dtype, HasShape};
use dfdx::tensor::{Merge, NoneTape, PutTape, SplitTape, Tensor};

use crate::error::{Error, Result};
use crate::ops::concat::ConcatGeometry;
use crate::ops::narrow::NarrowGeometry;
use crate::ops::{Backend, DynTensor, InputTape, OptionalTape};

/// The elements of a batch: (examples, elements of one example), with a tape if operations are recorded for a backward pass.
///
/// Between layers every activation is flat, whatever its shape: the shape is known to the compiler and costs nothing at
/// run time. The elements of an example stand in the order of its dimensions, the last one fastest.
pub type Activation<E, D> = Tensor<(usize, usize), E, D, OptionalTape<E, D>>;

/// A batch between two layers.
#[derive(Debug)]
pub enum Value<E: Dtype, D: Backend<E>> {
    /// Elements, which have gradients.
    Elements(Activation<E, D>),
    /// Indices, of which a layer makes elements.
    Indices(Indices<E, D>),
    /// Several values, as [`Split`](crate::layers::Split) makes them.
    Several(Vec<Value<E, D>>),
}

/// Indices of a batch, in the host's memory, with the tape that operations on what they point at are recorded on.
#[derive(Debug)]
pub struct Indices<E: Dtype, D: Backend<E>> {
    /// How many examples there are.
    pub batch: usize,
    /// The indices of each example, one example after the other.
    pub values: Arc<[usize]>,
    /// The tape.
    pub tape: OptionalTape<E, D>,
}

impl<E: Dtype, D: Backend<E>, T: InputTape<E, D>> From<Tensor<(usize, usize), E, D, T>> for Value<E, D> {
    fn from(tensor: Tensor<(usize, usize), E, D, T>) -> Self {
        let (elements, tape) = tensor.split_tape();
        Value::Elements(elements.put_tape(tape.into_optional()))
    }
}

impl<E: Dtype, D: Backend<E>> Value<E, D> {
    /// A constant, or a state: elements that nothing was recorded of. What is computed of it and of another value is recorded if that
    /// other one is. (A value made `From` a tensor without a tape is an input in evaluation: nothing that takes it is recorded.)
    pub fn constant(tensor: Tensor<(usize, usize), E, D>) -> Self {
        D::constant(&tensor);
        Value::Elements(tensor.put_tape(OptionalTape::empty(true)))
    }

    /// The elements, of a layer that takes one tensor.
    ///
    /// # Errors
    /// [`Error::Argument`] if it is another kind of value. Where a layer's rule refuses those, that doesn't compile.
    pub fn elements(self) -> Result<Activation<E, D>> {
        match self {
            Value::Elements(activation) => Ok(activation),
            Value::Indices(_) => Err(Error::Argument("a layer takes elements, but receives indices".into())),
            Value::Several(values) => {
                Err(Error::Argument(format!("a layer takes one tensor, but receives {}", values.len())))
            }
        }
    }

    /// The elements of a layer that takes one tensor, as a tensor of the batch and these sizes of an example.
    ///
    /// # Errors
    /// As [`elements`](Value::elements), and if an example has more or fewer elements.
    pub fn shaped(self, sizes: &[usize]) -> Result<DynTensor<E, D>> {
        let elements = self.elements()?;
        let sizes: Vec<usize> = std::iter::once(elements.shape().0).chain(sizes.iter().copied()).collect();
        DynTensor::new(elements, &sizes)
    }

    /// The indices, of a layer that takes one tensor of those.
    ///
    /// # Errors
    /// As [`elements`](Value::elements).
    pub fn indices(self) -> Result<Indices<E, D>> {
        match self {
            Value::Indices(indices) => Ok(indices),
            _ => Err(Error::Argument("a layer takes indices, but receives another value".into())),
        }
    }

    /// Several values, or the only one.
    pub fn of(mut values: Vec<Self>) -> Self {
        match values.pop() {
            Some(only) if values.is_empty() => only,
            last => {
                values.extend(last);
                Value::Several(values)
            }
        }
    }

    /// All values, of which there may be one.
    pub fn several(self) -> Vec<Self> {
        match self {
            Value::Several(values) => values,
            one => vec![one],
        }
    }

    /// How many examples there are.
    pub fn batch(&self) -> usize {
        match self {
            Value::Elements(activation) => activation.shape().0,
            Value::Indices(indices) => indices.batch,
            Value::Several(values) => values.first().map_or(0, Value::batch),
        }
    }

    /// The same value twice. If operations on it were recorded, those on both are, each on a tape of its own; operations that take
    /// both bring the tapes together.
    pub fn fork(self) -> (Self, Self) {
        let (value, tape) = self.split_tape();
        (value.copy(tape.is_recording()), value.after(tape))
    }

    /// The same value, on an empty tape or on none.
    pub(crate) fn copy(&self, recording: bool) -> Self {
        match self {
            Value::Elements(activation) => {
                let elements = activation.retaped::<NoneTape>();
                Value::Elements(elements.put_tape(OptionalTape::empty(recording)))
            }
            Value::Indices(indices) => Value::Indices(Indices {
                batch: indices.batch,
                values: Arc::clone(&indices.values),
                tape: OptionalTape::empty(recording),
            }),
            Value::Several(values) => Value::Several(values.iter().map(|value| value.copy(recording)).collect()),
        }
    }

    /// The value on empty tapes, and all that was recorded on its own, of which several tensors have one each.
    pub(crate) fn split_tape(self) -> (Self, OptionalTape<E, D>) {
        let mut all: Option<OptionalTape<E, D>> = None;
        let value = self.map_tapes(&mut |tape| {
            let empty = OptionalTape::empty(tape.is_recording());
            all = Some(match all.take() {
                None => tape,
                Some(before) => before.merge(tape),
            });
            empty
        });
        (value, all.unwrap_or_default())
    }

    /// The value behind what is on a tape.
    pub(crate) fn after(self, tape: OptionalTape<E, D>) -> Self {
        let (recording, mut before) = (tape.is_recording(), Some(tape));
        self.map_tapes(&mut |own| before.take().unwrap_or_else(|| OptionalTape::empty(recording)).followed_by(own))
    }

    /// One tensor, on a tape of that kind, in which the elements of several stand beside each other.
    ///
    /// # Errors
    /// If the device fails.
    pub fn joined<T: InputTape<E, D>>(self) -> Result<Tensor<(usize, usize), E, D, T>> {
        let (elements, tape) = self.beside()?.split_tape();
        Ok(elements.put_tape(T::of_output(tape)))
    }

    /// Several values, if it isn't those already: each example is cut into parts of these sizes. It is the reverse of
    /// [`joined`](Value::joined).
    ///
    /// # Errors
    /// [`Error::Argument`] if it is another number of values or elements; and if the device fails.
    pub fn cut(self, sizes: &[usize]) -> Result<Vec<Self>> {
        let whole = match self {
            Value::Several(values) if values.len() == sizes.len() => return Ok(values),
            Value::Several(values) => {
                let why = format!("a layer makes {} values, but its rule says {}", values.len(), sizes.len());
                return Err(Error::Argument(why));
            }
            one => one.elements()?,
        };
        let (whole, mut tape) = whole.split_tape();
        let recording = tape.is_recording();
        let (batch, length) = *whole.shape();
        if sizes.iter().sum::<usize>() != length {
            return Err(Error::Argument(format!("examples of {length} elements can't be cut into parts of {sizes:?}")));
        }
        let (mut parts, mut start) = (Vec::new(), 0);
        for &width in sizes {
            let geometry = NarrowGeometry { outer: batch, length, start, width };
            let (part, after) = D::try_narrow(whole.clone().put_tape(tape), (batch, width), &geometry)?.split_tape();
            tape = after;
            parts.push(Value::from(part.put_tape(OptionalTape::empty(recording))));
            start += width;
        }
        // The first has the tape that all is recorded on.
        if let Some(first) = parts.first_mut() {
            *first = first.copy(recording).after(tape);
        }
        Ok(parts)
    }

    fn beside(self) -> Result<Activation<E, D>> {
        let values = match self {
            Value::Several(values) if values.is_empty() => {
                return Err(Error::Argument("no values can't be joined".into()));
            }
            Value::Several(values) => values,
            one => return one.elements(),
        };
        let tensors = values.into_iter().map(Value::beside).collect::<Result<Vec<_>>>()?;
        let batch = tensors.first().map_or(0, |tensor| tensor.shape().0);
        let parts = tensors.iter().map(|tensor| tensor.shape().1).collect();
        Ok(D::try_concat(tensors, &ConcatGeometry { batch, rows: 1, parts })?)
    }

    fn map_tapes(self, map: &mut dyn FnMut(OptionalTape<E, D>) -> OptionalTape<E, D>) -> Self {
        match self {
            Value::Elements(activation) => {
                let (elements, tape) = activation.split_tape();
                Value::Elements(elements.put_tape(map(tape)))
            }
            Value::Indices(indices) => Value::Indices(Indices { tape: map(indices.tape), ..indices }),
            Value::Several(values) => Value::Several(values.into_iter().map(|value| value.map_tapes(map)).collect()),
        }
    }
}
