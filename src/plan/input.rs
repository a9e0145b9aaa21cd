//! What a session runs on.

use std::sync::Arc;

use dfdx::prelude::{Cpu, Device};

use crate::error::{Error, Result};
use crate::layer::{Indices, Value};
use crate::ops::cpu::Recorded;
use crate::ops::graph::Lookup;
use crate::ops::{Element, OptionalTape};
use crate::shape::Dims;

/// A batch of inputs.
#[derive(Clone, Copy)]
pub(super) struct SessionInput<'a, E> {
    pub(super) elements: &'a [E],
    pub(super) indices: &'a [usize],
}

/// One of the tensors of an input, in functions that are compiled in this library.
pub(super) enum Part<E: Element> {
    Elements(Recorded<E>),
    Indices(Arc<[usize]>),
}

impl<E: Element> Part<E> {
    /// The tensors of a value.
    pub(super) fn all(value: Value<E, Cpu>) -> Result<Vec<Self>>
    where
        Cpu: Device<E>,
    {
        let part = |value| match value {
            Value::Indices(indices) => Ok(Part::Indices(indices.values)),
            value => Ok(Part::Elements(value.elements()?)),
        };
        value.several().into_iter().map(part).collect()
    }

    /// The value of these tensors, in evaluation.
    pub(super) fn value(parts: Vec<Self>, batch: usize) -> Value<E, Cpu>
    where
        Cpu: Device<E>,
    {
        let value = |part| match part {
            Part::Elements(elements) => Value::Elements(elements),
            Part::Indices(values) => Value::Indices(Indices { batch, values, tape: OptionalTape::empty(false) }),
        };
        Value::of(parts.into_iter().map(value).collect())
    }
}

/// How many elements and how many indices there are in an example of these shapes.
pub(super) const fn counts(dims: &Dims) -> (usize, usize) {
    let (mut elements, mut indices, mut part) = (0, 0, 0);
    while part < dims.count() {
        let dims = dims.part(part);
        if dims.are_indices() {
            indices += dims.numel();
        } else {
            elements += dims.numel();
        }
        part += 1;
    }
    (elements, indices)
}

/// An error, unless each index is that of a row.
pub(super) fn check(lookups: &[Lookup], indices: &[usize]) -> Result<()> {
    for lookup in lookups {
        let (rows, these) = (lookup.geometry.rows, &indices[lookup.start..][..lookup.count]);
        if let Some(at) = these.iter().position(|&index| index >= rows) {
            let (index, at) = (these[at], lookup.start + at);
            let why =
                format!("an `Embedding` has {rows} rows, but the plan receives the index {index} at position {at}");
            return Err(Error::Argument(why));
        }
    }
    Ok(())
}
