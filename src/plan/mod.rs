//! Networks compiled for inference.
//!
//! [`Compile::compile`] turns a network and its weights into a [`Plan`] for batches of one
//! size. Everything that is known before the network runs is computed at that time. Normalization is folded into the preceding
//! convolutions, and activations and residual sums are fused with them. Weights are stored in the order in which kernels read
//! them, and images in the layout that kernels prefer. Every intermediate result gets its place in a single arena of memory.
//!
//! A plan never changes, and threads may share it. Each caller owns a [`Session`], which owns an arena: a run allocates no memory
//! and waits for no lock. (Matrix products of layers that aren't this library's need memory of their own.)
//!
//! ```
//! use shapewright::prelude::*;
//!
//! network! {
//!     struct Net: Input<1, 28, 28> { Conv2d<.., 8, 3>, ReLU, MaxPool2d<2>, Flatten, Linear<.., 10>, Softmax }
//! }
//! # fn main() -> Result<()> {
//! let dev = Cpu::default();
//! let net = Net::build(&dev)?;
//! let plan = net.compile::<1>()?;
//!
//! let mut session = plan.session()?;
//! let image = [0.5; 28 * 28];
//! let mut probabilities = [0.0; 10];
//! session.run(&image, &mut probabilities)?;
//!
//! let image: Tensor<Rank4<1, 1, 28, 28>, f32, Cpu> = dev.tensor_from_vec(image.to_vec(), Default::default());
//! let same = net.try_forward(image)?.as_vec();
//! assert!(same.iter().zip(probabilities).all(|(a, b)| (a - b).abs() < 1e-6));
//! # Ok(())
//! # }
//! ```
//!
//! # How it is done
//! [`compile`](Compile::compile) runs the network once, while its operations record what they would compute instead of computing
//! it. So a layer of your own is compiled, too, if it computes with the operations of [`ops`](crate::ops) alone. What is
//! computed from parameters and constants is computed once, then, and a plan shares the elements of parameters with the network.
//!
//! Convolutions are direct sums over images that are stored pixel by pixel, with the channels of a pixel together. Groups of a
//! single channel are computed channel by channel. Where Winograd's algorithm is faster, it is used; it rounds a little more.
//! Outputs were compared with [`forward`](crate::network::Network::forward)'s. In single precision, for ResNet-50, DenseNet-121,
//! MobileNetV2, VGG-11 and U-Net, they differ by at most 1e-5 of the largest output. In double precision, for all networks of the
//! `zoo`, they differ by at most 1e-10 of it. The [documentation of convolutions](crate::ops::conv2d#precision) says how
//! Winograd's algorithm treats infinite values.

mod assemble;
mod check;
mod file;
mod gaps;
mod input;
mod lower;
mod memory;
mod session;
mod simplify;
mod steps;
#[cfg(test)]
mod tests;

pub use session::Session;

use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use dfdx::prelude::{Cpu, Device, NoneTape};

use crate::error::{Error, Result};
use crate::layer::{Context, Forward, Value};
use crate::network::{Network, Tensors};
use crate::ops::Element;
use crate::ops::compiled::{Algorithm, Program, View};
use crate::ops::conv2d::Conv2dGeometry;
use crate::ops::graph::{Constant, Graph};
use crate::ops::once::once;
use crate::ops::record::{Values, recorded};
use crate::ops::vectorized::InstructionSet;
use crate::parameters::{AnyTensor, ParameterTensor, Parameters, Visitor, visit};
use crate::shape::Dims;
use crate::weights::Number;
use input::Part;
use steps::Form;

/// Networks that can be compiled: all that are closed and on the [`Cpu`].
pub trait Compile: Network<Device = Cpu> {
    /// Compiles the network as it is now for inference on batches of `BATCH` examples: see [the module](self).
    ///
    /// A layer of your own that reads its input on the host, by `as_vec` or from the values of indices, reads zeros at that time, and what it
    /// makes of them as a constant stays in the plan. Such layers aren't for plans.
    ///
    /// # Errors
    /// [`Error::Argument`] if a layer computes by operations of dfdx's own, or with weights that depend on its input, as
    /// normalization by a batch's own statistics does; or if a transposed convolution's padding is larger than its kernel reaches.
    fn compile<const BATCH: usize>(&self) -> Result<Plan<Self::Input, Self::Output, BATCH, Self::Dtype>>
    where
        Self::Dtype: Element,
        Cpu: Device<Self::Dtype>,
    {
        Plan::new(self)
    }
}

impl<N: Network<Device = Cpu>> Compile for N {}

/// A network compiled for batches of `BATCH` examples of shape `In`, whose outputs have the shape `Out`: see [the
/// module](self).
///
/// A clone shares everything with the original. A plan holds the weights twice: as kernels read them, and as they are saved, which
/// are the network's own until one of both changes.
#[derive(Clone, Debug)]
pub struct Plan<In, Out, const BATCH: usize, E: Element = f32> {
    inner: Arc<Inner<E>>,
    shapes: PhantomData<fn() -> (In, Out)>,
}

/// The data that plans and sessions share.
#[derive(Debug)]
struct Inner<E: Element> {
    program: Arc<Program<E>>,
    input: View,
    output: View,
    /// The operations that were compiled, which are kept for saving.
    graph: Graph<Constant<E>>,
}

/// The graph of a network that runs on batches of inputs of these sizes.
#[once]
fn graph<E: Element>(
    batch: usize,
    input: &Dims,
    parameters: Shared<E>,
    network: &dyn Fn(Vec<Part<E>>) -> Result<Values<E>>,
) -> Result<Graph<Constant<E>>>
where
    Cpu: Device<E>,
{
    let parts: Vec<Dims> = (0..input.count()).map(|part| input.part(part)).collect();
    let (of_indices, of_elements): (Vec<Dims>, Vec<Dims>) = parts.iter().partition(|part| part.are_indices());
    let sizes: Vec<usize> = of_elements.iter().map(Dims::numel).collect();
    let indices = of_indices.iter().map(|part| Arc::from(vec![0; batch * part.numel()]));
    let indices: Vec<Arc<[usize]>> = indices.collect();
    let graph = recorded((batch, sizes.iter().sum()), parameters.0, indices.clone(), &|elements| {
        let elements = Value::from(elements);
        let mut elements = if sizes.len() > 1 { elements.cut(&sizes)? } else { vec![elements] }.into_iter();
        let mut indices = indices.iter().map(Arc::clone);
        let next = |part: &Dims| match part.are_indices() {
            true => indices.next().map(Part::Indices).map(Ok),
            false => elements.next().map(|elements| Ok(Part::Elements(elements.elements()?))),
        };
        network(parts.iter().filter_map(next).collect::<Result<_>>()?)
    })?;
    let graph = graph.map_err(|why| Error::Argument(format!("this network can't be compiled: {why}")))?;
    Ok(simplify::simplify(graph))
}

/// Compiles a graph for inputs of the given form and `output` elements per example, with an instruction set.
#[once]
fn compiled<E: Element>(
    graph: Graph<Constant<E>>,
    input: Form,
    indices: usize,
    output: usize,
    set: InstructionSet,
    choose: &dyn Fn(&Conv2dGeometry) -> Algorithm,
) -> Result<Arc<Inner<E>>> {
    let steps = lower::lower(&graph, input, output, choose)?;
    let assemble::Assembled { mut program, input, output } = assemble::assemble(steps, set)?;
    program.set_indices(indices);
    Ok(Arc::new(Inner { program: Arc::new(program), input, output, graph }))
}

/// The tensors of a network, which are shared with it.
struct Shared<E: Element>(Vec<AnyTensor<E, Cpu>>);

impl<E: Element> Visitor<E, Cpu> for Shared<E> {
    fn tensor(&mut self, _: &str, tensor: &dyn ParameterTensor<E, Cpu>, _: bool) -> Result<()> {
        self.0.push(tensor.share());
        Ok(())
    }
}

impl<In: Tensors, Out: Tensors, const BATCH: usize, E: Element> Plan<In, Out, BATCH, E> {
    /// The number of elements in a batch of inputs.
    pub const INPUTS: usize = BATCH * input::counts(&In::DIMS).0;
    /// The number of indices in a batch of inputs.
    pub const INDICES: usize = BATCH * input::counts(&In::DIMS).1;
    /// The number of elements in a batch of outputs.
    pub const OUTPUTS: usize = BATCH * Out::DIMS.numel();

    /// Compiles a network.
    pub(crate) fn new<N: Forward<In, E, Cpu> + Parameters<E, Cpu>>(network: &N) -> Result<Self>
    where
        Cpu: dfdx::tensor_ops::Device<E>,
    {
        let mut parameters = Shared(Vec::new());
        visit(network, &mut parameters)?;
        let graph = graph(BATCH, &In::DIMS, parameters, &|parts| {
            let output = network.run(Part::value(parts, BATCH), &mut Context::evaluation())?;
            output.joined::<NoneTape>()
        })?;
        Self::of(graph, InstructionSet::best(), &Algorithm::best)
    }

    /// The plan of a graph, for an instruction set.
    fn of(
        graph: Graph<Constant<E>>,
        set: InstructionSet,
        choose: &dyn Fn(&Conv2dGeometry) -> Algorithm,
    ) -> Result<Self> {
        const { assert!(BATCH > 0, "a plan is for batches of one example at least") };
        let inner =
            compiled(graph, Form::rows(BATCH, Self::INPUTS / BATCH), Self::INDICES, Out::DIMS.numel(), set, choose)?;
        Ok(Plan { inner, shapes: PhantomData })
    }

    /// A session with as many threads as the current [`rayon`] pool: by default one for each processor, or the number in the
    /// environment variable `RAYON_NUM_THREADS`. (The session starts threads of its own; it doesn't use rayon's.)
    ///
    /// # Errors
    /// If the operating system can't provide the threads or the memory.
    pub fn session(&self) -> Result<Session<In, Out, BATCH, E>> {
        self.session_with_threads(rayon::current_num_threads())
    }

    /// A session with the given number of threads, which includes the caller's, or fewer if the plan has no work for them.
    ///
    /// # Errors
    /// If the operating system can't provide the threads or the memory.
    pub fn session_with_threads(&self, threads: usize) -> Result<Session<In, Out, BATCH, E>> {
        Session::new(Arc::clone(&self.inner), threads)
    }

    /// The size in bytes of the arena of a session with one thread.
    pub fn memory(&self) -> usize {
        self.inner.program.arena(1) * size_of::<E>()
    }

    /// Writes the plan to a file in the format [safetensors](https://huggingface.co/docs/safetensors). The file is written
    /// completely or not at all.
    ///
    /// It holds the operations and their parameters, before they are rearranged for a processor, so it can be loaded on any.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()>
    where
        E: Number,
    {
        file::save(path.as_ref(), &self.inner.graph, Self::header())
    }

    /// Reads a plan from a file.
    ///
    /// # Errors
    /// If the file doesn't exist, is no plan, is a plan for other shapes, or is damaged so that its sizes don't fit.
    pub fn load(path: impl AsRef<Path>) -> Result<Self>
    where
        E: Number,
    {
        let graph = file::load(path.as_ref(), &Self::header())?;
        Self::of(graph, InstructionSet::best(), &Algorithm::best)
    }

    fn header() -> file::Header {
        let (elements, indices) = input::counts(&In::DIMS);
        file::Header { batch: BATCH, input: sizes(&In::DIMS), elements, indices, output: Out::DIMS.numel() }
    }
}

/// The sizes of an input; those of several with a 0 between them, which is no size.
fn sizes(dims: &Dims) -> Vec<usize> {
    match dims.parts() {
        [] => dims.as_slice().to_vec(),
        parts => parts.iter().map(Dims::as_slice).collect::<Vec<_>>().join(&0),
    }
}
