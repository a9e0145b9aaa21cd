//! Networks compiled for inference.
//!
//! [`Network::compile`](crate::network::Network::compile) turns a network and its weights into a [`Plan`] for batches of one
//! size. Everything that is known before the network runs is worked out then: normalization is folded into the convolutions
//! before it, activations and residual sums become a part of them, weights are put in the order in which they are read,
//! images in the order in which kernels like them, and all that is computed in between gets its place in one piece of memory.
//!
//! A plan never changes, and threads may share it. Who runs it has a [`Session`], which owns that memory: a run allocates
//! nothing and waits for no lock.
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
//! The network runs on no numbers, while its operations note what they would compute instead of computing it; so a layer of your
//! own is compiled too, if it computes by the operations of [`Backend`](crate::ops::Backend) alone, with weights that don't depend
//! on its input.
//! Convolutions are direct sums over pixels whose channels lie together, channel by channel where a group is one channel, and
//! Winograd's where that is faster, which rounds a little more: outputs differ from
//! [`forward`](crate::network::Network::forward)'s by 1e-5 of the largest at most, where it was tested: ResNet-50, DenseNet-121,
//! MobileNetV2, VGG-11 and U-Net in single precision, and all networks of the `zoo` in double precision, by 1e-10. (What Winograd's
//! means for infinities is said [there](crate::ops::conv2d#precision).)

mod assemble;
mod check;
mod file;
mod gaps;
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

use dfdx::prelude::{Cpu, NoneTape};

use crate::error::{Error, Result};
use crate::layer::{Context, Forward, Value};
use crate::ops::Element;
use crate::ops::compiled::{Algorithm, Program, View};
use crate::ops::conv2d::Conv2dGeometry;
use crate::ops::once::once;
use crate::ops::record::{Graph, recorded};
use crate::ops::vectorized::InstructionSet;
use crate::shape::{Dims, Tensors, parts};
use crate::weights::Number;
use steps::Form;

/// A network compiled for batches of `BATCH` examples of shape `In`, whose outputs have the shape `Out`: see [the
/// module](self).
///
/// A clone shares everything with the original. It holds the weights twice: as they are saved, and as they are read.
#[derive(Clone, Debug)]
pub struct Plan<In, Out, const BATCH: usize, E: Element = f32> {
    inner: Arc<Inner<E>>,
    shapes: PhantomData<fn() -> (In, Out)>,
}

/// What plans and sessions share.
#[derive(Debug)]
struct Inner<E> {
    program: Arc<Program<E>>,
    input: View,
    output: View,
    /// What was compiled, to be saved.
    graph: Graph<Vec<E>>,
}

/// The operations that remain.
#[once]
fn simplified<E: Element>(graph: Graph<Vec<E>>) -> Graph<Vec<E>> {
    simplify::simplify(graph)
}

/// What computes some operations, of an input of that form and to so many numbers, by some instructions.
#[once]
fn compiled<E: Element>(
    graph: Graph<Vec<E>>,
    input: Form,
    output: usize,
    set: InstructionSet,
    choose: &dyn Fn(&Conv2dGeometry) -> Algorithm,
) -> Result<Arc<Inner<E>>> {
    let steps = lower::lower(graph.clone(), input, output, choose)?;
    let assemble::Assembled { program, input, output } = assemble::assemble(steps, set)?;
    Ok(Arc::new(Inner { program: Arc::new(program), input, output, graph }))
}

impl<In: Tensors, Out: Tensors, const BATCH: usize, E: Element> Plan<In, Out, BATCH, E> {
    /// How many numbers a batch of inputs has.
    pub const INPUTS: usize = BATCH * In::DIMS.numel();
    /// How many numbers a batch of outputs has.
    pub const OUTPUTS: usize = BATCH * Out::DIMS.numel();

    /// Compiles a network.
    pub(crate) fn new<N: Forward<In, E, Cpu>>(network: &N) -> Result<Self>
    where
        Cpu: dfdx::tensor_ops::Device<E>,
    {
        if In::DIMS.are_indices() || In::DIMS.parts().iter().any(Dims::are_indices) {
            let why = format!("this network can't be compiled: a plan takes elements, but its input is {}", In::DIMS);
            return Err(Error::Argument(why));
        }
        let sizes: Vec<usize> = In::DIMS.parts().iter().map(Dims::numel).collect();
        let graph = recorded(&(BATCH, In::DIMS.numel()), |input| {
            let input = Value::from(input);
            let input = if sizes.is_empty() { input } else { Value::Several(parts(input, &sizes)?) };
            network.run(input, &mut Context::evaluation())?.joined::<NoneTape>()
        })?;
        let graph = graph.map_err(|why| Error::Argument(format!("this network can't be compiled: {why}")))?;
        Self::of(simplified(graph), InstructionSet::best(), &Algorithm::best)
    }

    /// The plan of some operations, for some instructions.
    fn of(graph: Graph<Vec<E>>, set: InstructionSet, choose: &dyn Fn(&Conv2dGeometry) -> Algorithm) -> Result<Self> {
        const { assert!(BATCH > 0, "a plan is for batches of one example at least") };
        let inner = compiled(graph, Form::rows(BATCH, In::DIMS.numel()), Out::DIMS.numel(), set, choose)?;
        Ok(Plan { inner, shapes: PhantomData })
    }

    /// A session with as many threads as the current [`rayon`] pool has: by default one for each processor, or what the
    /// environment variable `RAYON_NUM_THREADS` says. (They aren't the pool's own threads.)
    ///
    /// # Errors
    /// If the operating system has no more threads.
    pub fn session(&self) -> Result<Session<In, Out, BATCH, E>> {
        self.session_with_threads(rayon::current_num_threads())
    }

    /// A session with that many threads, the caller's own among them; fewer, if there is nothing to do for them.
    ///
    /// # Errors
    /// If the operating system has no more threads.
    pub fn session_with_threads(&self, threads: usize) -> Result<Session<In, Out, BATCH, E>> {
        Session::new(Arc::clone(&self.inner), threads)
    }

    /// How many bytes a session of one thread computes in.
    pub fn memory(&self) -> usize {
        self.inner.program.arena(1) * size_of::<E>()
    }

    /// Writes the plan to a file, as [safetensors](https://huggingface.co/docs/safetensors), whole or not at all.
    ///
    /// It holds the operations and their parameters, before they were put in order for one processor.
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
    /// If there is no such file, or it holds no plan, or one of other shapes, or one that was damaged so that its sizes don't fit.
    pub fn load(path: impl AsRef<Path>) -> Result<Self>
    where
        E: Number,
    {
        let graph = file::load(path.as_ref(), &Self::header())?;
        Self::of(graph, InstructionSet::best(), &Algorithm::best)
    }

    fn header() -> file::Header {
        file::Header { batch: BATCH, input: In::DIMS.as_slice().to_vec(), output: Out::DIMS.numel() }
    }
}
