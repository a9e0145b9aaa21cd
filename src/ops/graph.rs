//! What a network computes, as a list of operations: a plan is made from it.

use std::fmt::{Debug, Formatter};
use std::ops::Deref;

use dfdx::prelude::{Cpu, Tensor, TensorFromVec};
use serde::{Deserialize, Serialize};

use super::Element;
use super::cpu::read;
use super::embedding::EmbeddingGeometry;
use super::operation::Operation;
use super::sizes::product;

/// What an operation reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Source {
    /// Value 0 is the network's input; value `i + 1` is the output of node `i`.
    Value(usize),
    /// One of the graph's constants.
    Constant(usize),
    /// Rows that indices of the network's input look up.
    Lookup(usize),
}

/// Rows of a matrix, which indices look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lookup {
    /// The position of the first index, among all indices of the network's input.
    pub(crate) start: usize,
    /// The number of indices.
    pub(crate) count: usize,
    pub(crate) geometry: EmbeddingGeometry,
    /// The constant that is the matrix.
    pub(crate) matrix: usize,
}

impl Lookup {
    /// The number of elements of all rows.
    pub(crate) fn outputs(&self) -> Option<usize> {
        product(&[self.count, self.geometry.width])
    }
}

/// An operation and its inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) operation: Operation,
    pub(crate) inputs: Vec<Source>,
}

impl Node {
    /// The values that it reads.
    pub(crate) fn values(&self) -> impl Iterator<Item = usize> + '_ {
        self.inputs.iter().filter_map(|input| match input {
            Source::Value(value) => Some(*value),
            Source::Constant(_) | Source::Lookup(_) => None,
        })
    }
}

/// All operations of a network, the constants and the rows that they read, and the value that is its output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Graph<C> {
    pub(crate) nodes: Vec<Node>,
    pub(crate) constants: Vec<C>,
    pub(crate) lookups: Vec<Lookup>,
    pub(crate) output: usize,
}

/// Elements that don't depend on a network's input. Those of a parameter are shared with the network until one of them changes.
#[derive(Clone)]
pub(crate) struct Constant<E: Element> {
    tensor: Tensor<(usize, usize), E, Cpu>,
}

impl<E: Element> Constant<E> {
    /// The elements of a contiguous tensor, without a copy.
    pub(crate) fn of(tensor: Tensor<(usize, usize), E, Cpu>) -> Self {
        Constant { tensor }
    }
}

impl<E: Element> From<Vec<E>> for Constant<E> {
    fn from(elements: Vec<E>) -> Self {
        let length = elements.len();
        Constant { tensor: Cpu::default().tensor_from_vec(elements, (1, length)) }
    }
}

impl<E: Element> Deref for Constant<E> {
    type Target = [E];

    fn deref(&self) -> &[E] {
        read(&self.tensor)
    }
}

impl<E: Element> Debug for Constant<E> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} elements", self.len())
    }
}
