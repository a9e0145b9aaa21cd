//! Records a network's computation as a list of operations. While a thread records, each operation notes what it would compute,
//! and on which inputs, and fills its output with made-up values instead of computing it.
//!
//! Tensors are identified by the addresses of their elements. All outputs are kept until recording ends, so that no address is
//! used twice.

use std::any::Any;
use std::cell::RefCell;
use std::fmt::Arguments;

use dfdx::prelude::{Cpu, Device, NoneTape, ReshapeTo, Shape, Tensor, ZerosTensor};
use serde::{Deserialize, Serialize};

use super::Element;
use super::activation::Function;
use super::avg_pool2d::AvgPool2dGeometry;
use super::concat::ConcatGeometry;
use super::conv_transpose2d::ConvTranspose2dGeometry;
use super::conv2d::Conv2dGeometry;
use super::cpu::{read, write};
use super::linear::LinearGeometry;
use super::local_response_norm::LocalResponseNormGeometry;
use super::max_pool2d::MaxPool2dGeometry;
use super::narrow::NarrowGeometry;
use super::once::once;
use super::softmax::{Scale, SoftmaxGeometry};
use super::upsample::UpsampleGeometry;

/// An operation in evaluation mode, with parameters of type `P`.
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
    /// Multiplies the elements of each channel by a factor, and adds a summand. Each channel has `spatial` elements.
    Scale {
        channels: usize,
        spatial: usize,
        factors: P,
        summands: P,
    },
    Softmax(Scale, SoftmaxGeometry),
    /// Transposes matrices of the given size.
    Transpose {
        rows: usize,
        columns: usize,
    },
    Upsample(UpsampleGeometry),
}

impl<P> Operation<P> {
    /// The same operation with each parameter converted.
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

/// An operation and the values that it reads. Value 0 is the network's input; value `i + 1` is the output of node `i`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node<P> {
    pub(crate) operation: Operation<P>,
    pub(crate) inputs: Vec<usize>,
}

/// All operations of a network, and the value that is its output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Graph<P> {
    pub(crate) nodes: Vec<Node<P>>,
    pub(crate) output: usize,
}

/// The state of a recording.
struct Recorder<E> {
    nodes: Vec<Node<Vec<E>>>,
    /// The address and the number of elements of each value.
    places: Vec<(usize, usize)>,
    kept: Vec<Box<dyn Any>>,
    /// The layer that is running, if one has started.
    layer: Option<String>,
    /// Why the network can't be recorded, as a sentence.
    problem: Option<String>,
    /// The graph of the first run, while the second run with other made-up values is recorded.
    before: Option<Graph<Vec<E>>>,
}

impl<E: Element> Recorder<E> {
    fn place(numbers: &[E]) -> (usize, usize) {
        (numbers.as_ptr().addr(), numbers.len())
    }

    fn value(&self, numbers: &[E]) -> Option<usize> {
        self.places.iter().rposition(|&place| place == Self::place(numbers))
    }

    /// A made-up element of a value that isn't computed. The second run uses other ones than the first.
    fn number(&self, position: usize) -> E {
        if self.before.is_some() { E::of((position % 7 + 1) as f64 / 8.0) } else { E::zero() }
    }

    /// The name of the layer that is running, or "it" before any has started.
    fn layer(&self) -> &str {
        self.layer.as_deref().unwrap_or("it")
    }

    /// Reports that the layer that is running computed a tensor with operations that aren't recorded.
    fn computed_by_dfdx(&mut self) {
        let problem = format!(
            "{} computes by operations of dfdx's own, which a plan doesn't know; a layer that is compiled computes by those of \
             `shapewright::ops::Backend` alone",
            self.layer()
        );
        self.problem.get_or_insert(problem);
    }

    /// The message that the layer that is running computes something else in the second run.
    fn another(&self) -> String {
        format!(
            "what {} does to its input depends on the numbers in there, or on chance, but a plan does always the same; an \
             operation's weights, for instance, must not be computed from the input",
            self.layer()
        )
    }
}

/// Adds an operation with these inputs to the recording.
#[once]
fn record<E: Element>(recorder: &mut Recorder<E>, inputs: &[&[E]], operation: Operation<Vec<E>>) {
    let known: Option<Vec<usize>> = inputs.iter().map(|input| recorder.value(input)).collect();
    if known.is_none() {
        recorder.computed_by_dfdx();
    }
    let mut node = Node { operation, inputs: known.unwrap_or_default() };
    if let Some(before) = &recorder.before {
        if before.nodes.get(recorder.nodes.len()).is_none_or(|before| !is_same(before, &node)) {
            let problem = recorder.another();
            recorder.problem.get_or_insert(problem);
        }
        // The first graph holds the operation already, so its parameters needn't be kept again.
        node.operation = Operation::Add;
    }
    recorder.nodes.push(node);
}

/// Whether both nodes are the same operation on the same inputs, with bitwise equal parameters: NaN equals itself.
fn is_same<E: Element>(one: &Node<Vec<E>>, other: &Node<Vec<E>>) -> bool {
    let bits = |node: &Node<Vec<E>>| {
        let bits = |number: E| number.to_f64().unwrap_or(f64::NAN).to_bits();
        node.operation.clone().map(|numbers| numbers.into_iter().map(bits).collect::<Vec<u64>>())
    };
    one.inputs == other.inputs && bits(one) == bits(other)
}

thread_local! {
    static RECORDER: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

/// Removes the recorder when it is dropped, also if the thread panics.
struct Stop;

impl Drop for Stop {
    fn drop(&mut self) {
        RECORDER.take();
    }
}

/// The graph of the operations that `network` runs on an input of the given shape. The tensor that `network` returns holds
/// made-up values; only its address is used, to find the output's value.
///
/// The network runs twice, on different made-up values, to check that its operations don't depend on them. The inner error is a
/// sentence about what can't be recorded.
#[once]
pub(crate) fn recorded<E: Element>(
    shape: (usize, usize),
    network: &dyn Fn(Values<E>) -> crate::Result<Values<E>>,
) -> crate::Result<Result<Graph<Vec<E>>, String>>
where
    Cpu: Device<E>,
{
    let first = match run(shape, network, None)? {
        Ok((graph, ..)) => graph,
        Err(problem) => return Ok(Err(problem)),
    };
    let length = first.nodes.len();
    Ok(match run(shape, network, Some(first))? {
        Ok((second, Some(first), _)) if second.output == first.output && second.nodes.len() == length => Ok(first),
        Ok((_, _, another)) => Err(another),
        Err(problem) => Err(problem),
    })
}

/// The graph that was recorded, the graph of the run before, and the message for the case that they differ.
type Recorded<E> = (Graph<Vec<E>>, Option<Graph<Vec<E>>>, String);

/// The values that go into a network and come out of it.
pub(crate) type Values<E> = Tensor<(usize, usize), E, Cpu>;

fn run<E: Element>(
    shape: (usize, usize),
    network: &dyn Fn(Values<E>) -> crate::Result<Values<E>>,
    before: Option<Graph<Vec<E>>>,
) -> crate::Result<Result<Recorded<E>, String>>
where
    Cpu: Device<E>,
{
    let mut input = Cpu::default().try_zeros_like(&shape)?;
    let mut recorder =
        Recorder::<E> { nodes: Vec::new(), places: Vec::new(), kept: Vec::new(), layer: None, problem: None, before };
    fill(&recorder, write(&mut input));
    recorder.places.push(Recorder::place(read(&input)));
    recorder.kept.push(Box::new(input.clone()));
    RECORDER.set(Some(Box::new(recorder)));
    let stop = Stop;
    let output = network(input)?;
    let recorder = RECORDER.take().and_then(|recorder| recorder.downcast::<Recorder<E>>().ok());
    drop(stop);
    let Some(mut recorder) = recorder else { return Ok(Err("it was interrupted".into())) };
    let place = place(&output);
    let output = recorder.places.iter().rposition(|&known| Some(known) == place);
    if output.is_none() {
        recorder.computed_by_dfdx();
    }
    let another = recorder.another();
    Ok(match (recorder.problem, output) {
        (None, Some(output)) => Ok((Graph { nodes: recorder.nodes, output }, recorder.before, another)),
        (problem, _) => Err(problem.unwrap_or_default()),
    })
}

#[once]
fn fill<E: Element>(recorder: &Recorder<E>, numbers: &mut [E]) {
    numbers.iter_mut().enumerate().for_each(|(position, number)| *number = recorder.number(position));
}

/// The address and the number of a tensor's elements.
fn place<S: Shape, E: Element>(tensor: &Tensor<S, E, Cpu>) -> Option<(usize, usize)> {
    let contiguous = tensor.clone().try_contiguous().ok()?;
    Some(Recorder::place(read(&contiguous)))
}

/// Notes that a layer receives its input, if this thread records. This also checks that the previous layer's output was recorded.
#[once]
pub(super) fn enter<E: Element>(layer: Arguments<'_>, input: &super::cpu::Recorded<E>)
where
    Cpu: Device<E>,
{
    if !is_recording() {
        return;
    }
    let place = place(&input.retaped::<NoneTape>());
    with::<E>(&mut |recorder| {
        if !recorder.places.iter().any(|&known| Some(known) == place) {
            recorder.computed_by_dfdx();
        }
        recorder.layer = Some(layer.to_string());
    });
}

/// Calls `act` with this thread's recorder, if it records elements of type `E`. Returns whether it does.
#[once]
fn with<E: Element>(act: &mut dyn FnMut(&mut Recorder<E>)) -> bool {
    RECORDER.with(|recorder| {
        let Ok(mut recorder) = recorder.try_borrow_mut() else { return false };
        let recorder = recorder.as_mut().and_then(|recorder| recorder.downcast_mut::<Recorder<E>>());
        recorder.is_some_and(|recorder| {
            act(recorder);
            true
        })
    })
}

/// Whether this thread records.
pub(super) fn is_recording() -> bool {
    RECORDER.with(|recorder| recorder.try_borrow().is_ok_and(|recorder| recorder.is_some()))
}

/// Records an operation, if this thread records. If it returns `false`, the operation must be computed.
pub(super) fn records<S: Shape, E: Element>(
    inputs: &[&[E]],
    output: &mut Tensor<S, E, Cpu>,
    operation: impl FnOnce() -> Operation<Vec<E>>,
) -> bool {
    if !is_recording() {
        return false;
    }
    let mut operation = Some(operation());
    with::<E>(&mut |recorder| {
        operation.take().into_iter().for_each(|operation| record(recorder, inputs, operation));
        fill(recorder, write(output));
        recorder.places.push(Recorder::place(read(output)));
        recorder.kept.push(Box::new(output.clone()));
    })
}
