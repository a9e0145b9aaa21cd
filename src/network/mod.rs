//! What a declared network can do: build, run, count, and print itself.

mod batch;
mod branches;
mod branching;
mod classifier;
mod closed;
mod gradients;
mod inputs;
mod repeat;
mod sequential;
mod summary;
mod tensors;
mod training;
mod unreadable;

pub use crate::layer::{Part, Segment, Structure};
pub use batch::Batch;
pub use branches::{Branch, Branches, Feeds, FeedsEachPart, FeedsInput, FeedsParts, Known, Listed, PartOf};
pub use branching::{Always, BranchingModule, Nothing, Outputs, Run, Sometimes, Then};
pub use classifier::Classifier;
pub use closed::Closed;
pub(crate) use gradients::retain_gradients;
use gradients::zero_gradients;
pub use repeat::{Repeat, Repeated};
pub use sequential::{At, AtModule, BuildsOpenNetworks, OutOf, Pair, PairModule, Sequential, TRANSPARENT, build_open};
pub use summary::{Row, Summary};
pub use tensors::Tensors;
pub(crate) use training::pass;
pub use unreadable::Unreadable;

use crate::error::{Error, Result};
use crate::layer::{Context, Forward, States};
use crate::ops::Backend;
use crate::parameters::Parameters;
use dfdx::nn::TensorCollection;
use dfdx::shapes::Dtype;
use dfdx::tensor::Gradients;

/// A closed network: one whose input, and with it every size, is known.
///
/// `network!` implements it. A network takes one example or a batch: [`Batch`] says which tensors these are.
/// Each method has a twin whose name begins in `try_` and which returns what goes wrong; the others panic.
pub trait Network:
    TensorCollection<Self::Dtype, Self::Device>
    + Parameters<Self::Dtype, Self::Device>
    + Forward<Self::Input, Self::Dtype, Self::Device>
{
    /// Its name: the struct's, or `Network` in type position. Files of weights carry it.
    const NAME: &'static str;
    /// The shape of one input.
    type Input: Tensors;
    /// The shape of one output.
    type Output: Tensors;
    /// The type of its elements.
    type Dtype: Dtype;
    /// The device that it is on.
    type Device: Backend<Self::Dtype>;

    /// The output in evaluation: nothing is dropped, batch normalization takes its running statistics.
    ///
    /// # Errors
    /// If the device fails, mostly for want of memory.
    fn try_forward<X: Batch<Self::Input, Self::Dtype, Self::Device>>(
        &self,
        input: X,
    ) -> Result<X::Output<Self::Output>> {
        input.run(|input| self.run(input, &mut Context::evaluation()))
    }

    /// The output in training: dropout drops, batch normalization takes the batch's statistics and updates its own.
    ///
    /// # Errors
    /// If the device fails, or batch normalization gets a single value a channel.
    fn try_train<X: Batch<Self::Input, Self::Dtype, Self::Device>>(
        &mut self,
        input: X,
    ) -> Result<X::Output<Self::Output>> {
        pass(self, input, Context::training())
    }

    /// The logits in evaluation: the tensor before the `Softmax` or `LogSoftmax` that the network ends in.
    ///
    /// # Errors
    /// As [`try_forward`](Network::try_forward).
    fn try_logits<X: Batch<Self::Input, Self::Dtype, Self::Device>>(&self, input: X) -> Result<X::Output<Self::Output>>
    where
        Self: Classifier,
    {
        input.run(|input| self.run(input, &mut Context::evaluation().up_to_logits()))
    }

    /// The logits in training, which [`CrossEntropyLoss`](crate::loss::CrossEntropyLoss) takes: computed from them it is
    /// exact where probabilities would round to 0 or 1.
    ///
    /// # Errors
    /// As [`try_train`](Network::try_train).
    fn try_train_logits<X: Batch<Self::Input, Self::Dtype, Self::Device>>(
        &mut self,
        input: X,
    ) -> Result<X::Output<Self::Output>>
    where
        Self: Classifier,
    {
        pass(self, input, Context::training().up_to_logits())
    }

    /// The states of so many sequences, before their first elements, for [`try_step`](Network::try_step).
    fn states(&self, batch: usize) -> States<Self::Dtype, Self::Device> {
        States::new(batch)
    }

    /// The output in evaluation for the next piece of each sequence: layers with states go on from where these have come to, which
    /// move on with them.
    ///
    /// # Errors
    /// As [`try_forward`](Network::try_forward), and [`Error::Argument`] if there are more or fewer examples
    /// than sequences; of no examples nothing runs. After an error the states are those of before.
    fn try_step<X: Batch<Self::Input, Self::Dtype, Self::Device>>(
        &self,
        input: X,
        states: &mut States<Self::Dtype, Self::Device>,
    ) -> Result<X::Output<Self::Output>> {
        let mut context = Context::evaluation().with_states(states.clone());
        let output = input.run(|input| {
            let (sequences, examples) = (states.batch(), input.batch());
            if sequences != examples {
                let why =
                    format!("these are the states of {sequences} sequences, but the input has {examples} examples");
                return Err(Error::Argument(why));
            }
            self.run(input, &mut context)
        })?;
        if let Some(after) = context.into_states()? {
            *states = after;
        }
        Ok(output)
    }

    /// As [`try_step`](Network::try_step).
    ///
    /// # Panics
    /// Where that returns an error.
    fn step<X: Batch<Self::Input, Self::Dtype, Self::Device>>(
        &self,
        input: X,
        states: &mut States<Self::Dtype, Self::Device>,
    ) -> X::Output<Self::Output> {
        self.try_step(input, states).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Gradients of its parameters, zero, for [`Batch`] to record on with an input.
    ///
    /// # Errors
    /// If the device fails, mostly for want of memory.
    fn try_alloc_grads(&self) -> Result<Gradients<Self::Dtype, Self::Device>> {
        let mut gradients = Gradients::leaky();
        self.try_zero_grads(&mut gradients)?;
        Ok(gradients)
    }

    /// Makes the gradients of its parameters zero, and lets all others go after a backward pass.
    ///
    /// # Errors
    /// As [`try_alloc_grads`](Network::try_alloc_grads).
    fn try_zero_grads(&self, gradients: &mut Gradients<Self::Dtype, Self::Device>) -> Result<()> {
        zero_gradients(self, gradients)
    }

    /// As [`try_forward`](Network::try_forward).
    ///
    /// # Panics
    /// Where that returns an error.
    fn forward<X: Batch<Self::Input, Self::Dtype, Self::Device>>(&self, input: X) -> X::Output<Self::Output> {
        self.try_forward(input).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`try_alloc_grads`](Network::try_alloc_grads).
    ///
    /// # Panics
    /// Where that returns an error.
    fn alloc_grads(&self) -> Gradients<Self::Dtype, Self::Device> {
        self.try_alloc_grads().unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`try_zero_grads`](Network::try_zero_grads).
    ///
    /// # Panics
    /// Where that returns an error.
    fn zero_grads(&self, gradients: &mut Gradients<Self::Dtype, Self::Device>) {
        self.try_zero_grads(gradients).unwrap_or_else(|error| panic!("{error}"));
    }

    /// As [`try_train`](Network::try_train).
    ///
    /// # Panics
    /// Where that returns an error.
    fn train<X: Batch<Self::Input, Self::Dtype, Self::Device>>(&mut self, input: X) -> X::Output<Self::Output> {
        self.try_train(input).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`try_logits`](Network::try_logits).
    ///
    /// # Panics
    /// Where that returns an error.
    fn logits<X: Batch<Self::Input, Self::Dtype, Self::Device>>(&self, input: X) -> X::Output<Self::Output>
    where
        Self: Classifier,
    {
        self.try_logits(input).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`try_train_logits`](Network::try_train_logits).
    ///
    /// # Panics
    /// Where that returns an error.
    fn train_logits<X: Batch<Self::Input, Self::Dtype, Self::Device>>(&mut self, input: X) -> X::Output<Self::Output>
    where
        Self: Classifier,
    {
        self.try_train_logits(input).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The old name of [`try_train`](Network::try_train).
    ///
    /// # Errors
    /// As that.
    #[deprecated(note = "it is called `try_train`")]
    fn try_forward_mut<X: Batch<Self::Input, Self::Dtype, Self::Device>>(
        &mut self,
        input: X,
    ) -> Result<X::Output<Self::Output>> {
        self.try_train(input)
    }

    /// The old name of [`train`](Network::train).
    ///
    /// # Panics
    /// As that.
    #[deprecated(note = "it is called `train`")]
    fn forward_mut<X: Batch<Self::Input, Self::Dtype, Self::Device>>(&mut self, input: X) -> X::Output<Self::Output> {
        self.train(input)
    }

    /// The old name of [`try_train_logits`](Network::try_train_logits).
    ///
    /// # Errors
    /// As that.
    #[deprecated(note = "it is called `try_train_logits`")]
    fn try_logits_mut<X: Batch<Self::Input, Self::Dtype, Self::Device>>(
        &mut self,
        input: X,
    ) -> Result<X::Output<Self::Output>>
    where
        Self: Classifier,
    {
        self.try_train_logits(input)
    }

    /// The old name of [`train_logits`](Network::train_logits).
    ///
    /// # Panics
    /// As that.
    #[deprecated(note = "it is called `train_logits`")]
    fn logits_mut<X: Batch<Self::Input, Self::Dtype, Self::Device>>(&mut self, input: X) -> X::Output<Self::Output>
    where
        Self: Classifier,
    {
        self.train_logits(input)
    }
}
