//! What an operation is declared by on the [`Cpu`]: its forward pass, its backward pass and its place in a plan follow from it.

use std::fmt::Debug;

use dfdx::prelude::{Cpu, CpuError, Device, Merge, PutTape, SplitTape, Tape, Tensor, ZerosTensor};

use super::Element;
use super::cpu::{Recorded, Slot, backward, read, slot, write};
use super::graph::Operation;
use super::record;
use super::wanted::is_wanted;

/// A tensor's elements in order, without a tape.
pub(super) type Flat<E> = Tensor<(usize, usize), E, Cpu>;

/// An operation on elements in order, with all its sizes.
pub(crate) trait Operator<E: Element>: Debug + Send + Sync {
    /// The same operation as a part of a network's [`Graph`](super::graph::Graph).
    fn operation(&self) -> Operation;

    /// Checks that inputs and the output have as many elements as the sizes say.
    ///
    /// # Panics
    /// If they don't, or if the sizes contradict each other.
    fn check(&self, inputs: &[usize], output: usize);

    /// What the backward pass reads.
    fn keeps(&self) -> Keeps;

    /// Writes the output, which is zeros before.
    fn forward(&self, inputs: &[&[E]], output: &mut [E]);

    /// Adds to the gradient of an input, which is given by its position. `upstream` is the gradient of the output.
    fn backward(&self, input: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]);
}

/// What is kept of a forward pass for the backward pass.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    Nothing,
    Inputs,
    Output,
}

/// What was kept of a forward pass. What wasn't is empty.
pub(crate) struct Kept<'a, E> {
    pub(crate) inputs: &'a [&'a [E]],
    pub(crate) output: &'a [E],
}

/// Runs an operation on tensors, and adds its backward pass to their tape. While a plan is recorded, it is recorded instead.
pub(super) fn apply<E: Element>(
    operator: Box<dyn Operator<E>>,
    inputs: Vec<Recorded<E>>,
    output: usize,
) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let (inputs, tapes): (Vec<Flat<E>>, Vec<_>) = inputs.into_iter().map(SplitTape::split_tape).unzip();
    let mut tape = tapes.into_iter().reduce(Merge::merge).unwrap_or_default();
    let elements: Vec<&[E]> = inputs.iter().map(read).collect();
    let lengths: Vec<usize> = elements.iter().map(|elements| elements.len()).collect();
    operator.check(&lengths, output);
    let y = record::output(&inputs, output, || operator.operation(), |y| operator.forward(&elements, y))?;

    if tape.is_recording() {
        let slots: Vec<_> = inputs.iter().map(|input| is_wanted(read(input)).then(|| slot(input))).collect();
        let (y_slot, keeps) = (slot(&y), operator.keeps());
        let kept_output = (keeps == Keeps::Output).then(|| y.clone());
        let kept_inputs = if keeps == Keeps::Inputs { inputs } else { Vec::new() };
        tape.add_backward_op(move |gradients| {
            let kept_inputs: Vec<&[E]> = kept_inputs.iter().map(read).collect();
            let kept = Kept { inputs: &kept_inputs, output: kept_output.as_ref().map_or(&[], read) };
            backward(gradients, &y_slot, |upstream, gradients| {
                for (number, slot) in slots.iter().enumerate() {
                    if let Some(slot) = slot {
                        operator.backward(number, &kept, upstream, slot.gradient(gradients)?);
                    }
                }
                Ok(())
            })
        });
    }
    Ok(y.put_tape(tape))
}

/// The output of an operation that `compute` computes.
pub(super) fn computed<E: Element>(
    device: &Cpu,
    output: usize,
    compute: impl FnOnce(&mut [E]),
) -> Result<Flat<E>, CpuError>
where
    Cpu: Device<E>,
{
    let mut y = device.try_zeros_like(&(1, output))?;
    compute(write(&mut y));
    Ok(y)
}

/// The device of some tensors.
pub(super) fn device<E: Element>(tensors: &[Flat<E>]) -> Cpu {
    tensors.first().map_or_else(Cpu::default, |tensor| tensor.device().clone())
}
