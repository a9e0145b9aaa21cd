//! What a network computes, as a list of operations: while a thread records, its operations note what they would compute, and
//! on what, instead of computing it.
//!
//! Tensors are told apart by where their numbers are. So that no address is used twice, all outputs are kept.

use std::any::Any;
use std::cell::RefCell;

use dfdx::prelude::{Cpu, ReshapeTo, Shape, Tensor};
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

/// An operation in evaluation, with parameters of type `P`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Operation<P> {
    Activation(Function),
    Add,
    AvgPool2d(AvgPool2dGeometry),
    Concat(ConcatGeometry),
    Conv2d {
        geometry: Conv2dGeometry,
        weight: P,
        bias: Option<P>,
    },
    ConvTranspose2d {
        geometry: ConvTranspose2dGeometry,
        weight: P,
        bias: Option<P>,
    },
    Linear {
        geometry: LinearGeometry,
        weight: P,
        bias: Option<P>,
    },
    LocalResponseNorm(LocalResponseNormGeometry),
    MaxPool2d(MaxPool2dGeometry),
    Narrow(NarrowGeometry),
    /// Each channel of so many, of so many numbers, times a factor, plus a summand.
    Scale {
        channels: usize,
        spatial: usize,
        factors: P,
        summands: P,
    },
    Softmax(Scale, SoftmaxGeometry),
    /// Matrices of so many rows and columns, turned over.
    Transpose {
        rows: usize,
        columns: usize,
    },
    Upsample(UpsampleGeometry),
}

impl<P> Operation<P> {
    /// The same with other parameters.
    pub(crate) fn map<Q>(self, mut to: impl FnMut(P) -> Q) -> Operation<Q> {
        match self {
            Self::Activation(function) => Operation::Activation(function),
            Self::Add => Operation::Add,
            Self::AvgPool2d(geometry) => Operation::AvgPool2d(geometry),
            Self::Concat(geometry) => Operation::Concat(geometry),
            Self::Conv2d { geometry, weight, bias } => {
                Operation::Conv2d { geometry, weight: to(weight), bias: bias.map(to) }
            }
            Self::ConvTranspose2d { geometry, weight, bias } => {
                Operation::ConvTranspose2d { geometry, weight: to(weight), bias: bias.map(to) }
            }
            Self::Linear { geometry, weight, bias } => {
                Operation::Linear { geometry, weight: to(weight), bias: bias.map(to) }
            }
            Self::LocalResponseNorm(geometry) => Operation::LocalResponseNorm(geometry),
            Self::MaxPool2d(geometry) => Operation::MaxPool2d(geometry),
            Self::Narrow(geometry) => Operation::Narrow(geometry),
            Self::Scale { channels, spatial, factors, summands } => {
                Operation::Scale { channels, spatial, factors: to(factors), summands: to(summands) }
            }
            Self::Softmax(scale, geometry) => Operation::Softmax(scale, geometry),
            Self::Transpose { rows, columns } => Operation::Transpose { rows, columns },
            Self::Upsample(geometry) => Operation::Upsample(geometry),
        }
    }
}

/// An operation, and the values that it takes. Value 0 is the network's input, value `i + 1` the output of node `i`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node<P> {
    pub(crate) operation: Operation<P>,
    pub(crate) inputs: Vec<usize>,
}

/// All operations of a network, and which value comes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Graph<P> {
    pub(crate) nodes: Vec<Node<P>>,
    pub(crate) output: usize,
}

/// What is recorded so far.
struct Recorder<E> {
    nodes: Vec<Node<Vec<E>>>,
    /// Where the numbers of each value are, and how many.
    places: Vec<(usize, usize)>,
    kept: Vec<Box<dyn Any>>,
    /// What took a tensor that no operation had made.
    stray: Option<String>,
}

impl<E: Element> Recorder<E> {
    fn place(numbers: &[E]) -> (usize, usize) {
        (numbers.as_ptr().addr(), numbers.len())
    }

    fn value(&self, numbers: &[E]) -> Option<usize> {
        self.places.iter().rposition(|&place| place == Self::place(numbers))
    }
}

thread_local! {
    static RECORDER: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

/// Takes the recorder away however its thread goes on.
struct Stop;

impl Drop for Stop {
    fn drop(&mut self) {
        RECORDER.take();
    }
}

/// What `network` computes of its input. What it returns is no result, but has the address of one.
///
/// The error is a sentence about what can't be recorded, if not the network's own.
pub(crate) fn recorded<S: Shape, Y: Shape, E: Element, Error>(
    input: Tensor<S, E, Cpu>,
    network: impl FnOnce(Tensor<S, E, Cpu>) -> Result<Tensor<Y, E, Cpu>, Error>,
) -> Result<Result<Graph<Vec<E>>, String>, Error> {
    let recorder = Recorder::<E> {
        nodes: Vec::new(),
        places: vec![Recorder::place(read(&input))],
        kept: vec![Box::new(input.clone())],
        stray: None,
    };
    RECORDER.set(Some(Box::new(recorder)));
    let stop = Stop;
    let output = network(input)?;
    let recorder = RECORDER.take().and_then(|recorder| recorder.downcast::<Recorder<E>>().ok());
    drop(stop);
    let Some(recorder) = recorder else { return Ok(Err("it was interrupted".into())) };
    let by_dfdx = "is computed by operations of dfdx's own, which a plan doesn't know";
    Ok(match (recorder.stray, output_place(&output)) {
        (Some(operation), _) => Err(format!("what goes into `{operation}` {by_dfdx}")),
        (None, place) => match recorder.places.iter().rposition(|&known| Some(known) == place) {
            Some(output) => Ok(Graph { nodes: recorder.nodes, output }),
            None => Err(format!("its output {by_dfdx}")),
        },
    })
}

/// Where a tensor's numbers are, if they are in order.
fn output_place<S: Shape, E: Element>(output: &Tensor<S, E, Cpu>) -> Option<(usize, usize)> {
    let contiguous = output.clone().try_contiguous().ok()?;
    Some(Recorder::place(read(&contiguous)))
}

/// Notes an operation, if this thread records. If it doesn't, the operation is to be computed.
pub(super) fn records<S: Shape, E: Element>(
    inputs: &[&[E]],
    output: &Tensor<S, E, Cpu>,
    operation: impl FnOnce() -> Operation<Vec<E>>,
) -> bool {
    RECORDER.with(|recorder| {
        let Ok(mut recorder) = recorder.try_borrow_mut() else { return false };
        let Some(recorder) = recorder.as_mut().and_then(|recorder| recorder.downcast_mut::<Recorder<E>>()) else {
            return false;
        };
        let operation = operation();
        let known: Option<Vec<usize>> = inputs.iter().map(|input| recorder.value(input)).collect();
        if known.is_none() {
            let named = format!("{:?}", operation.clone().map(|_| ()));
            let name = named.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
            recorder.stray.get_or_insert(name);
        }
        recorder.nodes.push(Node { operation, inputs: known.unwrap_or_default() });
        recorder.places.push(Recorder::place(read(output)));
        recorder.kept.push(Box::new(output.clone()));
        true
    })
}
