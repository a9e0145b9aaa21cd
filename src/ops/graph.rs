//! What a network computes, as a list of operations: a plan is made from it.

use std::fmt::{Debug, Formatter};
use std::ops::Deref;

use dfdx::prelude::{Cpu, Tensor, TensorFromVec};
use serde::{Deserialize, Serialize};

use super::Element;
use super::activation::Function;
use super::avg_pool2d::AvgPool2dGeometry;
use super::concat::ConcatGeometry;
use super::conv_transpose2d::ConvTranspose2dGeometry;
use super::conv2d::Conv2dGeometry;
use super::cpu::read;
use super::linear::LinearGeometry;
use super::local_response_norm::LocalResponseNormGeometry;
use super::max_pool2d::MaxPool2dGeometry;
use super::narrow::NarrowGeometry;
use super::softmax::{Scale, SoftmaxGeometry};
use super::upsample::UpsampleGeometry;

/// An operation in evaluation mode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Operation {
    Activation(Function),
    Add,
    AvgPool2d(AvgPool2dGeometry),
    Concat(ConcatGeometry),
    /// Of an image, a weight, and perhaps a bias.
    Conv2d(Conv2dGeometry),
    /// Of an image, a weight, and perhaps a bias.
    ConvTranspose2d(ConvTranspose2dGeometry),
    /// Of rows, a weight, and perhaps a bias.
    Linear(LinearGeometry),
    LocalResponseNorm(LocalResponseNormGeometry),
    MaxPool2d(MaxPool2dGeometry),
    Narrow(NarrowGeometry),
    /// Multiplies the elements of each channel by a factor, the second input, and adds a summand, the third. Each channel has
    /// `spatial` elements.
    Scale {
        channels: usize,
        spatial: usize,
    },
    Softmax(Scale, SoftmaxGeometry),
    /// Transposes matrices of the given size.
    Transpose {
        rows: usize,
        columns: usize,
    },
    Upsample(UpsampleGeometry),
}

impl Operation {
    /// The number of inputs that may be computed from the network's input. Those behind them are weights: a plan rearranges them
    /// in advance.
    pub(crate) fn values(&self) -> usize {
        match self {
            Operation::Conv2d(_) | Operation::ConvTranspose2d(_) | Operation::Linear(_) | Operation::Scale { .. } => 1,
            _ => usize::MAX,
        }
    }
}

/// What an operation reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Source {
    /// Value 0 is the network's input; value `i + 1` is the output of node `i`.
    Value(usize),
    /// One of the graph's constants.
    Constant(usize),
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
            Source::Constant(_) => None,
        })
    }
}

/// All operations of a network, the constants that they read, and the value that is its output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Graph<C> {
    pub(crate) nodes: Vec<Node>,
    pub(crate) constants: Vec<C>,
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
