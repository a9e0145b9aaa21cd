//! What a session runs on.

use crate::error::{Error, Result};
use crate::ops::Element;
use crate::ops::graph::Lookup;
use crate::shape::Dims;

/// A batch of inputs: elements, indices, or both. It is made of a slice, an array or a `Vec` of either, or of a pair of slices.
///
/// Examples follow each other, with the elements of each in row-major order. If a network has several inputs of a kind, each example
/// has one after the other; if several of them are indices, a batch of the first is followed by a batch of the second.
#[derive(Clone, Copy, Debug)]
pub struct SessionInput<'a, E> {
    pub(super) elements: &'a [E],
    pub(super) indices: &'a [usize],
}

macro_rules! from {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        impl<'a, E: Element $($generics)*> From<&'a $type> for SessionInput<'a, E> {
            fn from(elements: &'a $type) -> Self {
                SessionInput { elements, indices: &[] }
            }
        }
    )*};
}

from! {
    [] [E];
    [] Vec<E>;
    [, const N: usize] [E; N];
}

macro_rules! from_indices {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        impl<'a, E: Element $($generics)*> From<&'a $type> for SessionInput<'a, E> {
            fn from(indices: &'a $type) -> Self {
                SessionInput { elements: &[], indices }
            }
        }
    )*};
}

from_indices! {
    [] [usize];
    [] Vec<usize>;
    [, const N: usize] [usize; N];
}

impl<'a, E: Element> From<(&'a [E], &'a [usize])> for SessionInput<'a, E> {
    fn from((elements, indices): (&'a [E], &'a [usize])) -> Self {
        SessionInput { elements, indices }
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
