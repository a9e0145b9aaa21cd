//! Sessions: the memory and the threads that a plan runs with.

use std::fmt::{Debug, Formatter};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use dfdx::prelude::{Cpu, NoneTape, PutTape, SplitTape, Tensor, ZerosTensor};
use dfdx::tensor_ops::Device;

use super::input::{Part, SessionInput};
use super::{Inner, input};
use crate::error::{Error, Result};
use crate::layer::Value;
use crate::network::{Batch, Tensors};
use crate::ops::compiled::Team;
use crate::ops::cpu::{flat, read, write};
use crate::ops::once::once;
use crate::ops::{Backend, Element, OptionalTape};

/// A team of as many of `threads` threads as have work.
#[once]
fn team<E: Element>(plan: &Inner<E>, threads: usize) -> Result<Team<E>> {
    let threads = plan.program.threads(threads);
    Team::new(Arc::clone(&plan.program), threads)
        .map_err(|error| Error::Argument(format!("a session of {threads} threads can't be had: {error}")))
}

/// The elements of an input, if it has any, its indices, and its tape.
type Parts<E> = (Option<Tensor<(usize, usize), E, Cpu>>, Vec<usize>, OptionalTape<E, Cpu>);

#[once]
fn parts<E: Element>(input: Vec<Part<E>>) -> Result<Parts<E>>
where
    Cpu: Device<E>,
{
    let (mut elements, mut indices) = (Vec::new(), Vec::new());
    for part in input {
        match part {
            Part::Indices(part) => indices.extend_from_slice(&part),
            Part::Elements(part) => elements.push(Value::Elements(part)),
        }
    }
    if elements.is_empty() {
        return Ok((None, indices, OptionalTape::empty(false)));
    }
    let (elements, tape) = flat(Value::of(elements).joined::<OptionalTape<E, Cpu>>()?)?.split_tape();
    Ok((Some(elements), indices, tape))
}

/// Runs a plan. The lengths of `input` and `output` have been checked.
#[once]
fn run<E: Element>(plan: &Inner<E>, team: &mut Team<E>, input: SessionInput<'_, E>, output: &mut [E]) -> Result<()> {
    run_by(plan, team, input, output, Team::run)
}

/// As [`run`], on this thread alone. Returns the cost estimate and the duration of each step.
#[once]
fn run_timed<E: Element>(
    plan: &Inner<E>,
    team: &mut Team<E>,
    input: SessionInput<'_, E>,
    output: &mut [E],
) -> Result<Vec<(usize, Duration)>> {
    run_by(plan, team, input, output, Team::run_timed)
}

fn run_by<E: Element, R>(
    plan: &Inner<E>,
    team: &mut Team<E>,
    input: SessionInput<'_, E>,
    output: &mut [E],
    run: impl FnOnce(&mut Team<E>) -> R,
) -> Result<R> {
    input::check(&plan.graph.lookups, input.indices)?;
    team.arena().indices().copy_from_slice(input.indices);
    let Inner { input: from, output: to, .. } = plan;
    let (length, stride) = (from.channels, from.example_stride);
    for (example, numbers) in input.elements.chunks_exact(length.max(1)).enumerate() {
        let start = from.start + example * stride;
        team.arena().get(start..start + length).copy_from_slice(numbers);
    }
    let result = run(team);
    output.copy_from_slice(team.arena().get(to.start..to.start + output.len()));
    Ok(result)
}

/// Runs a [`Plan`](super::Plan), with memory and threads of its own.
///
/// A session may be moved to another thread. Threads that run the same plan at the same time need a session each.
pub struct Session<In, Out, const BATCH: usize, E: Element = f32> {
    plan: Arc<Inner<E>>,
    team: Team<E>,
    shapes: PhantomData<fn() -> (In, Out)>,
}

impl<In, Out, const BATCH: usize, E: Element> Debug for Session<In, Out, BATCH, E> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Session").field("threads", &self.team.size()).finish_non_exhaustive()
    }
}

impl<In: Tensors, Out: Tensors, const BATCH: usize, E: Element> Session<In, Out, BATCH, E> {
    pub(super) fn new(plan: Arc<Inner<E>>, threads: usize) -> Result<Self> {
        let team = team(&plan, threads)?;
        Ok(Session { plan, team, shapes: PhantomData })
    }

    /// The number of threads, which includes the caller's.
    pub fn threads(&self) -> usize {
        self.team.size()
    }

    /// Runs the network on a batch. `input` has one example after the other, with the elements of each in row-major order. The
    /// outputs are written in the same way. No memory is allocated, except by matrix products of layers that aren't this library's.
    ///
    /// # Errors
    /// [`Error::Argument`] if `input` or `output` is too long or too short.
    pub fn run(&mut self, input: &[E], output: &mut [E]) -> Result<()> {
        self.run_with(input, &[], output)
    }

    /// As [`run`](Session::run), of a network whose input is indices.
    ///
    /// # Errors
    /// As [`run`](Session::run), and if an index is that of no row.
    pub fn run_indices(&mut self, indices: &[usize], output: &mut [E]) -> Result<()> {
        self.run_with(&[], indices, output)
    }

    /// As [`run`](Session::run), of a network that takes both elements and indices. If it has several inputs of elements, each example has
    /// one after the other; if it has several inputs of indices, a batch of the first is followed by a batch of the second.
    ///
    /// # Errors
    /// As [`run_indices`](Session::run_indices).
    pub fn run_with(&mut self, elements: &[E], indices: &[usize], output: &mut [E]) -> Result<()> {
        let input = SessionInput { elements, indices };
        self.check(input, output)?;
        run(&self.plan, &mut self.team, input, output)
    }

    /// As [`run`](Session::run), on the caller's thread alone. Returns the cost estimate and the duration of each step.
    /// Benchmarks use this to separate the steps that only rearrange elements from the others.
    #[doc(hidden)]
    pub fn run_timed(&mut self, input: &[E], output: &mut [E]) -> Result<Vec<(usize, Duration)>> {
        let input = SessionInput { elements: input, indices: &[] };
        self.check(input, output)?;
        run_timed(&self.plan, &mut self.team, input, output)
    }

    fn check(&self, input: SessionInput<'_, E>, output: &[E]) -> Result<()> {
        let check = |what: &str, kind: &str, expected: usize, received: usize| {
            if expected == received {
                return Ok(());
            }
            Err(Error::Argument(format!("the plan's {what} has {expected} {kind}, but {received} were given")))
        };
        let (elements, indices) = input::counts(&In::DIMS);
        check("input", "elements", BATCH * elements, input.elements.len())?;
        check("input", "indices", BATCH * indices, input.indices.len())?;
        check("output", "elements", BATCH * Out::DIMS.numel(), output.len())
    }

    /// Runs the network on a tensor, which is one example or a batch. The output is a new tensor.
    ///
    /// # Errors
    /// [`Error::Argument`] if the number of examples isn't that of the plan. An empty batch of elements is allowed, and
    /// returns an empty output.
    pub fn try_forward<X>(&mut self, input: X) -> Result<X::Output<Out>>
    where
        X: Batch<In, E, Cpu, Tape = NoneTape>,
        Cpu: Backend<E> + Device<E>,
    {
        input.run(|input| {
            let examples = input.batch();
            if examples != BATCH {
                let why = format!("the plan is for batches of {BATCH} examples, but {examples} were given");
                return Err(Error::Argument(why));
            }
            let mut output = Cpu::default().try_zeros_like(&(BATCH, Out::DIMS.numel()))?;
            let (elements, indices, tape) = parts(Part::all(input)?)?;
            self.run_with(elements.as_ref().map_or(&[], read), &indices, write(&mut output))?;
            Ok(output.put_tape(tape).into())
        })
    }

    /// As [`try_forward`](Session::try_forward).
    ///
    /// # Panics
    /// If `try_forward` returns an error.
    pub fn forward<X>(&mut self, input: X) -> X::Output<Out>
    where
        X: Batch<In, E, Cpu, Tape = NoneTape>,
        Cpu: Backend<E> + Device<E>,
    {
        self.try_forward(input).unwrap_or_else(|error| panic!("{error}"))
    }
}
