//! Records a network's computation as a list of operations. While a thread records, an operation on something that depends on the
//! network's input notes what it would compute, and on which inputs, instead of computing it: its output is zeros.
//!
//! Tensors are identified by the addresses of their elements. All of them are kept until recording ends, so that no address is
//! used twice. What was known before is a constant: the network's parameters, and what is computed from constants alone.

use std::any::Any;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt::Arguments;
use std::sync::Arc;

use dfdx::prelude::{Cpu, CpuError, Device, HasShape, NoneTape, ReshapeTo, Shape, Tensor, ZerosTensor};

use super::Element;
use super::cpu::{flattened, read, write};
use super::embedding::EmbeddingGeometry;
use super::graph::{Constant, Graph, Lookup, Node, Source};
use super::once::once;
use super::operation::Operation;
use super::permute::PermuteGeometry;
use super::tape::OptionalTape;
use crate::parameters::{AnyTensor, each_rank};

const FROM_ITS_INPUT: &str =
    "computes the weights of an operation from its input, but those of a plan stay as they are";

/// The state of a recording.
struct Recorder<E: Element> {
    graph: Graph<Constant<E>>,
    /// What is known of a tensor, by the address and the number of its elements.
    known: HashMap<(usize, usize), Known<E>>,
    /// The constants that operations read, by their addresses.
    used: HashMap<(usize, usize), usize>,
    kept: Vec<Values<E>>,
    /// The addresses of the first elements of constants, of which contiguous copies may be made.
    storages: HashSet<usize>,
    /// The indices of the network's input, one tensor after the other.
    indices: Vec<Arc<[usize]>>,
    /// The layer that is running, if one has started.
    layer: Option<String>,
    /// Why the network can't be recorded, as a sentence.
    problem: Option<String>,
}

#[derive(Clone)]
enum Known<E: Element> {
    Value(usize),
    Constant(Constant<E>),
    Lookup(usize),
}

/// The address and the number of elements.
fn place<E>(elements: &[E]) -> (usize, usize) {
    (elements.as_ptr().addr(), elements.len())
}

impl<E: Element> Recorder<E> {
    /// The name of the layer that is running, or "it" before any has started.
    fn layer(&self) -> &str {
        self.layer.as_deref().unwrap_or("it")
    }

    /// Reports why the layer that is running can't be recorded, if nothing was reported before.
    fn refuse(&mut self, why: &str) {
        let problem = format!("{} {why}", self.layer());
        self.problem.get_or_insert(problem);
    }

    fn computed_by_dfdx(&mut self) {
        self.refuse(
            "computes by operations of dfdx's own, which a plan doesn't know; a layer that is compiled computes by those of \
             `shapewright::ops` alone",
        );
    }

    /// The next value, which has these elements.
    fn add_value(&mut self, tensor: &Values<E>) {
        self.known.insert(place(read(tensor)), Known::Value(self.graph.nodes.len()));
        self.kept.push(tensor.clone());
    }

    fn add_constant(&mut self, tensor: &Values<E>) {
        self.known.insert(place(read(tensor)), Known::Constant(Constant::of(tensor.clone())));
    }

    /// What an operation reads at these elements.
    fn source(&mut self, elements: &[E]) -> Option<Source> {
        let place = place(elements);
        Some(match self.known.get(&place)? {
            Known::Value(value) => Source::Value(*value),
            Known::Lookup(number) => Source::Lookup(*number),
            Known::Constant(_) => Source::Constant(self.constant(place)?),
        })
    }

    /// The number of the constant with these elements.
    fn constant(&mut self, place: (usize, usize)) -> Option<usize> {
        let Some(Known::Constant(constant)) = self.known.get(&place) else { return None };
        let (constants, constant) = (&mut self.graph.constants, constant.clone());
        Some(*self.used.entry(place).or_insert_with(|| {
            constants.push(constant);
            constants.len() - 1
        }))
    }

    /// The position of the first of these indices, among all of the network's input.
    fn position(&self, indices: &[usize]) -> Option<usize> {
        let number = self.indices.iter().position(|known| place(known) == place(indices))?;
        Some(self.indices[..number].iter().map(|indices| indices.len()).sum())
    }

    fn is_constant(&self, tensor: &Values<E>) -> bool {
        matches!(self.known.get(&place(read(tensor))), Some(Known::Constant(_)))
    }
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

/// The values that go into a network and come out of it.
pub(crate) type Values<E> = Tensor<(usize, usize), E, Cpu>;

/// The graph of the operations that `network` runs on an input of the given shape. The tensor that `network` returns is zeros;
/// only its address is used, to find the output's value.
///
/// The inner error is a sentence about what can't be recorded.
#[once]
pub(crate) fn recorded<E: Element>(
    shape: (usize, usize),
    parameters: Vec<AnyTensor<E, Cpu>>,
    indices: Vec<Arc<[usize]>>,
    network: &dyn Fn(Values<E>) -> crate::Result<Values<E>>,
) -> crate::Result<Result<Graph<Constant<E>>, String>>
where
    Cpu: Device<E>,
{
    let input = Cpu::default().try_zeros_like(&shape)?;
    let graph = Graph { nodes: Vec::new(), constants: Vec::new(), lookups: Vec::new(), output: 0 };
    let mut recorder = Recorder::<E> {
        graph,
        known: HashMap::new(),
        used: HashMap::new(),
        kept: Vec::new(),
        storages: HashSet::new(),
        indices,
        layer: None,
        problem: None,
    };
    for parameter in parameters {
        recorder.storages.extend(first(&parameter));
        let parameter = flattened(parameter, OptionalTape::empty(false))?;
        recorder.add_constant(&parameter.retaped::<NoneTape>());
    }
    recorder.add_value(&input);
    RECORDER.set(Some(Box::new(recorder)));
    let stop = Stop;
    let output = network(input)?;
    let recorder = RECORDER.take().and_then(|recorder| recorder.downcast::<Recorder<E>>().ok());
    drop(stop);
    let Some(mut recorder) = recorder else { return Ok(Err("it was interrupted".into())) };
    match contiguous(&output).and_then(|output| recorder.known.get(&place(read(&output))).cloned()) {
        Some(Known::Value(output)) => recorder.graph.output = output,
        Some(Known::Constant(_)) => recorder.refuse("makes a constant of its input"),
        Some(Known::Lookup(number)) => {
            // The output of a graph is a value, so the rows become one.
            let rows = recorder.graph.lookups[number].outputs().unwrap_or_default();
            let operation = PermuteGeometry { sizes: vec![rows], axes: vec![0] }.into();
            recorder.graph.nodes.push(Node { operation, inputs: vec![Source::Lookup(number)] });
            recorder.graph.output = recorder.graph.nodes.len();
        }
        None => recorder.computed_by_dfdx(),
    }
    Ok(match recorder.problem {
        None => Ok(recorder.graph),
        Some(problem) => Err(problem),
    })
}

/// The tensor, of which a contiguous one keeps its place.
fn contiguous<S: Shape, E: Element, T>(tensor: &Tensor<S, E, Cpu, T>) -> Option<Values<E>>
where
    Cpu: Device<E>,
{
    let tensor = tensor.retaped::<NoneTape>().try_contiguous().ok()?;
    let length = tensor.shape().num_elements();
    tensor.try_reshape_like(&(1, length)).ok()
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
    let input = contiguous(input);
    with::<E>(&mut |recorder| {
        if !input.as_ref().is_some_and(|input| recorder.known.contains_key(&place(read(input)))) {
            recorder.computed_by_dfdx();
        }
        recorder.layer = Some(layer.to_string());
    });
}

/// Calls `act` with this thread's recorder, if it records elements of type `E`. Returns whether it does.
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

/// Notes that a tensor doesn't depend on the network's input, if this thread records and nothing else is known of it.
#[once]
pub(super) fn constant<E: Element>(tensor: AnyTensor<E, Cpu>)
where
    Cpu: Device<E>,
{
    if !is_recording() {
        return;
    }
    let first = first(&tensor);
    if let Ok(tensor) = flattened(tensor, OptionalTape::empty(false)) {
        let tensor = tensor.retaped::<NoneTape>();
        with::<E>(&mut |recorder| {
            if !recorder.known.contains_key(&place(read(&tensor))) {
                recorder.add_constant(&tensor);
                recorder.storages.extend(first);
            }
        });
    }
}

/// The address of a tensor's first element.
fn first<E: Element>(tensor: &AnyTensor<E, Cpu>) -> Option<usize> {
    fn first<S: Shape, E: Element>(tensor: &Tensor<S, E, Cpu>) -> Option<usize> {
        (tensor.shape().num_elements() > 0).then(|| std::ptr::from_ref(&tensor[Default::default()]).addr())
    }
    each_rank!(tensor, tensor => first(tensor))
}

/// Notes that a tensor was copied to become contiguous, if this thread records: the copy of a constant is one.
pub(super) fn copied<E: Element>(from: Option<usize>, to: &super::cpu::Recorded<E>) {
    with::<E>(&mut |recorder| {
        if from.is_some_and(|from| recorder.storages.contains(&from) && from != place(read(to)).0) {
            recorder.add_constant(&to.retaped::<NoneTape>());
        }
    });
}

/// As [`copied`], of a tensor before it is copied.
pub(super) fn address<E: Element>(tensor: &AnyTensor<E, Cpu>) -> Option<usize> {
    if is_recording() { first(tensor) } else { None }
}

/// Reports that the layer that is running can't be recorded, if this thread records.
pub(super) fn refuse<E: Element>(why: &str) {
    with::<E>(&mut |recorder| recorder.refuse(why));
}

/// Reports that the layer that is running computes what a plan keeps from its input, if these elements aren't constant.
pub(super) fn expect_constant<E: Element>(elements: &[E]) {
    with::<E>(&mut |recorder| {
        if !matches!(recorder.known.get(&place(elements)), Some(Known::Constant(_))) {
            recorder.refuse(FROM_ITS_INPUT);
        }
    });
}

/// The output of an operation: recorded if this thread records and an input depends on the network's, else computed.
pub(super) fn output<E: Element>(
    inputs: &[Values<E>],
    output: usize,
    operation: impl FnOnce() -> Operation,
    compute: impl FnOnce(&mut [E]),
) -> Result<Values<E>, CpuError>
where
    Cpu: Device<E>,
{
    if !is_recording() {
        return computed(&device(inputs), output, compute);
    }
    let mut is_constant = false;
    if !with::<E>(&mut |recorder| is_constant = inputs.iter().all(|input| recorder.is_constant(input))) {
        // Elements of the other type are recorded.
        return computed(&device(inputs), output, compute);
    }
    if is_constant {
        let y = computed(&device(inputs), output, compute)?;
        with::<E>(&mut |recorder| recorder.add_constant(&y));
        return Ok(y);
    }
    let y = computed(&device(inputs), output, |_| ())?;
    let mut operation = Some(operation());
    with::<E>(&mut |recorder| {
        operation.take().into_iter().for_each(|operation| record(recorder, operation, inputs, &y))
    });
    Ok(y)
}

/// Records an operation, whose output is `output`.
fn record<E: Element>(recorder: &mut Recorder<E>, operation: Operation, inputs: &[Values<E>], output: &Values<E>) {
    let sources = inputs.iter().map(|input| recorder.source(read(input))).collect::<Option<Vec<_>>>();
    let Some(inputs) = sources else {
        recorder.computed_by_dfdx();
        return recorder.add_value(output);
    };
    if inputs.iter().skip(operation.geometry().values()).any(|input| !matches!(input, Source::Constant(_))) {
        recorder.refuse(FROM_ITS_INPUT);
    }
    recorder.graph.nodes.push(Node { operation, inputs });
    recorder.add_value(output);
}

/// The rows that indices look up: recorded if this thread records and they are those of the network's input, else computed. Indices
/// that a layer makes are constants of a plan.
pub(super) fn lookup<E: Element>(
    indices: &[usize],
    matrix: &Values<E>,
    geometry: &EmbeddingGeometry,
    compute: impl FnOnce(&mut [E]),
) -> Result<Values<E>, CpuError>
where
    Cpu: Device<E>,
{
    let outputs = indices.len() * geometry.width;
    let mut start = None;
    with::<E>(&mut |recorder| start = recorder.position(indices));
    let Some(start) = start else {
        let y = computed(matrix.device(), outputs, compute)?;
        with::<E>(&mut |recorder| match recorder.known.get(&place(read(matrix))) {
            Some(Known::Constant(_)) => recorder.add_constant(&y),
            _ => recorder.refuse(FROM_ITS_INPUT),
        });
        return Ok(y);
    };
    let y = computed(matrix.device(), outputs, |_| ())?;
    with::<E>(&mut |recorder| {
        let Some(matrix) = recorder.constant(place(read(matrix))) else {
            return recorder.refuse(FROM_ITS_INPUT);
        };
        recorder.graph.lookups.push(Lookup { start, count: indices.len(), geometry: *geometry, matrix });
        recorder.known.insert(place(read(&y)), Known::Lookup(recorder.graph.lookups.len() - 1));
        recorder.kept.push(y.clone());
    });
    Ok(y)
}

/// The elements as a tensor that doesn't depend on the network's input.
pub(super) fn made<E: Element>(elements: &[E], device: &Cpu) -> Result<Values<E>, CpuError>
where
    Cpu: Device<E>,
{
    let mut tensor = device.try_zeros_like(&(1, elements.len()))?;
    write(&mut tensor).copy_from_slice(elements);
    with::<E>(&mut |recorder| recorder.add_constant(&tensor));
    Ok(tensor)
}

/// The output of an operation that `compute` computes.
fn computed<E: Element>(device: &Cpu, output: usize, compute: impl FnOnce(&mut [E])) -> Result<Values<E>, CpuError>
where
    Cpu: Device<E>,
{
    let mut y = device.try_zeros_like(&(1, output))?;
    compute(write(&mut y));
    Ok(y)
}

/// The device of some tensors.
fn device<E: Element>(tensors: &[Values<E>]) -> Cpu {
    tensors.first().map_or_else(Cpu::default, |tensor| tensor.device().clone())
}
