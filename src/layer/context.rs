//! What layers know of the pass that they are part of.

use std::collections::BTreeSet;
use std::fmt::Display;

use dfdx::shapes::Dtype;

use super::{Forward, Segment, States, Value};
use crate::error::{Error, Result};
use crate::ops::Backend;
use crate::parameters::{AnyTensor, ParameterTensor, Parameters, Scalar, VisitorMut, visit_mut};
use crate::shape::Shape;

/// One pass through a network: whether it is in training, where in the network it is, and what it changes.
///
/// A layer never changes itself. What it would (the running statistics of batch normalization) it gives to the context, which
/// puts it in its place when the pass has come to its end.
#[derive(Debug)]
pub struct Context<E: Dtype, D: Backend<E>> {
    training: bool,
    logits: bool,
    /// Whether what runs now is behind parameters that train, where its shapes don't know it.
    learns: bool,
    path: Vec<Segment>,
    /// Which of several values run through layers that they share, from the outermost.
    shared: Vec<usize>,
    states: Option<States<E, D>>,
    /// States that were set, and the first that was set twice.
    set: BTreeSet<String>,
    clash: Option<String>,
    /// What becomes of buffers and counts, by their addresses: nothing moves during a pass.
    updates: Vec<(usize, Update<E, D>)>,
}

/// What a layer makes of a value.
pub type Pass<'a, E, D> = dyn Fn(Value<E, D>, &mut Context<E, D>) -> Result<Value<E, D>> + 'a;

/// A layer of a network that runs: its part of its parameters' names, what messages call it, and what it does.
#[doc(hidden)]
pub struct Step<'a, E: Dtype, D: Backend<E>> {
    pub segment: Segment,
    pub layer: &'static str,
    pub run: &'a Pass<'a, E, D>,
}

/// What becomes of a buffer or a count.
#[derive(Debug)]
enum Update<E: Dtype, D: Backend<E>> {
    /// Another tensor.
    Tensor(AnyTensor<E, D>),
    /// A number that grows by so much.
    Add(u64),
}

impl<E: Dtype, D: Backend<E>> Context<E, D> {
    fn new(training: bool, logits: bool) -> Self {
        Context {
            training,
            logits,
            learns: false,
            path: Vec::new(),
            shared: Vec::new(),
            states: None,
            set: BTreeSet::new(),
            clash: None,
            updates: Vec::new(),
        }
    }

    /// A pass in evaluation.
    pub fn evaluation() -> Self {
        Self::new(false, false)
    }

    /// A pass in training.
    pub fn training() -> Self {
        Self::new(true, false)
    }

    /// The same pass, up to the logits: the value before the `Softmax` or `LogSoftmax` that a network ends in.
    #[must_use]
    pub fn up_to_logits(self) -> Self {
        Context { logits: true, ..self }
    }

    /// The same pass, in which layers go on from these states.
    #[must_use]
    pub fn with_states(self, states: States<E, D>) -> Self {
        Context { states: Some(states), ..self }
    }

    /// The states that the pass leaves, if it has any.
    ///
    /// # Errors
    /// [`Error::Argument`] if two layers have the same path, as those of a block at `_:` and of the network around it may.
    pub fn into_states(self) -> Result<Option<States<E, D>>> {
        match self.clash {
            None => Ok(self.states),
            Some(path) => {
                let why =
                    format!("two layers have the state `{path}`: give one of them a name, or a block another than `_`");
                Err(Error::Argument(why))
            }
        }
    }

    /// What the module that runs remembers under that name: nothing, where a sequence begins.
    pub fn state(&self, name: &str) -> Option<AnyTensor<E, D>> {
        self.states.as_ref()?.get(&self.state_path(name)).cloned()
    }

    /// Lets the module that runs remember a tensor under that name, whose first dimension is the batch. Without states it is
    /// forgotten.
    pub fn set_state(&mut self, name: &str, state: AnyTensor<E, D>) {
        let path = self.state_path(name);
        if let Some(states) = &mut self.states {
            if !self.set.insert(path.clone()) {
                self.clash.get_or_insert_with(|| path.clone());
            }
            states.set(path, state);
        }
    }

    /// The path of a state: values that share a layer have a state each, `1.sum@0` and `1.sum@1`.
    fn state_path(&self, name: &str) -> String {
        self.shared.iter().fold(self.path(name), |path, value| format!("{path}@{value}"))
    }

    /// Runs one of several values through layers that they share.
    pub(crate) fn of_value<R>(&mut self, value: usize, run: impl FnOnce(&mut Self) -> R) -> R {
        self.shared.push(value);
        let result = run(self);
        self.shared.pop();
        result
    }

    /// Whether it is in training: dropout drops, and batch normalization takes the batch's statistics.
    pub fn is_training(&self) -> bool {
        self.training
    }

    /// Whether the pass ends before a `Softmax` at the end of what runs now.
    pub fn ends_in_logits(&self) -> bool {
        self.logits
    }

    /// Sets whether the pass ends before a `Softmax` at the end of what runs from here on, and returns what was set before. Layers
    /// that others follow run with `false`.
    #[doc(hidden)]
    pub fn set_logits(&mut self, logits: bool) -> bool {
        std::mem::replace(&mut self.logits, logits)
    }

    pub(crate) fn set_training(&mut self, training: bool) -> bool {
        std::mem::replace(&mut self.training, training)
    }

    /// Whether what runs now is behind parameters that train.
    pub(crate) fn learns(&self) -> bool {
        self.learns
    }

    /// Runs something that is behind parameters that train, if so.
    pub(crate) fn behind<R>(&mut self, learns: bool, run: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.learns;
        self.learns |= learns;
        let result = run(self);
        self.learns = before;
        result
    }

    /// Runs a module inside of this one: a field of that name.
    ///
    /// # Errors
    /// Those of the module.
    pub fn module<In: Shape>(
        &mut self,
        name: &'static str,
        module: &dyn Forward<In, E, D>,
        input: Value<E, D>,
    ) -> Result<Value<E, D>> {
        let (training, logits) = (self.training, self.set_logits(false));
        let segment = if name.is_empty() { Segment::None } else { Segment::Name(name) };
        let output = self.within(segment, |context| module.run(input, context));
        (self.training, self.logits) = (training, logits);
        output
    }

    /// Runs layers one after the other. Where the pass ends before a `Softmax` at the end of what runs now, the last of them ends there,
    /// if it `has_logits`.
    #[doc(hidden)]
    pub fn layers(
        &mut self,
        input: Value<E, D>,
        steps: &[Step<'_, E, D>],
        has_logits: bool,
        learns: bool,
    ) -> Result<Value<E, D>> {
        self.behind(learns, |context| context.run(input, steps, has_logits))
    }

    fn run(&mut self, input: Value<E, D>, steps: &[Step<'_, E, D>], has_logits: bool) -> Result<Value<E, D>> {
        let logits = self.set_logits(false);
        let last = steps.len().saturating_sub(1);
        let output = steps.iter().enumerate().try_fold(input, |input, (number, step)| {
            if number == last {
                self.logits = logits && has_logits;
            }
            if !step.layer.is_empty() {
                enter(&step.layer, &input);
            }
            self.within(step.segment, |context| (step.run)(input, context))
        });
        self.set_logits(logits);
        output
    }

    /// Runs the module of a layer, which messages call `layer`.
    pub(crate) fn layer(
        &mut self,
        segment: Segment,
        layer: &dyn Display,
        input: Value<E, D>,
        run: &Pass<'_, E, D>,
    ) -> Result<Value<E, D>> {
        enter(layer, &input);
        self.within(segment, |context| run(input, context))
    }

    /// Runs something deeper in the network.
    pub(crate) fn within<R>(&mut self, segment: Segment, run: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(segment);
        let result = run(self);
        self.path.pop();
        result
    }

    /// The path of a field of the module that runs.
    fn path(&self, field: &str) -> String {
        let mut path = String::new();
        for segment in &self.path {
            match segment {
                Segment::None => continue,
                Segment::Index(index) => path.push_str(&index.to_string()),
                Segment::Name(name) => path.push_str(name),
            }
            path.push('.');
        }
        path + field
    }

    /// A buffer of the module that runs, as it is at this point of the pass: a module may run several times.
    pub fn buffer(&self, buffer: &dyn ParameterTensor<E, D>) -> AnyTensor<E, D> {
        let address = address(buffer);
        let update = self.updates.iter().rev().find_map(|(known, update)| match update {
            Update::Tensor(tensor) if *known == address => Some(tensor.clone()),
            _ => None,
        });
        update.unwrap_or_else(|| buffer.share())
    }

    /// What a buffer of the module that runs becomes at the end of a pass in training. It has the same sizes.
    pub fn update(&mut self, buffer: &dyn ParameterTensor<E, D>, tensor: AnyTensor<E, D>) {
        let address = address(buffer);
        self.updates.retain(|(known, _)| *known != address);
        self.updates.push((address, Update::Tensor(tensor)));
    }

    /// Counts: a number of the module that runs grows by one at the end of a pass in training.
    pub fn count(&mut self, scalar: &dyn Scalar) {
        let address = address(scalar);
        match self.updates.iter_mut().find(|(known, _)| *known == address) {
            Some((_, Update::Add(times))) => *times += 1,
            _ => self.updates.push((address, Update::Add(1))),
        }
    }

    /// Ends the pass: puts what has changed into the network that ran. [`Network`](crate::network::Network)'s methods do it.
    ///
    /// # Errors
    /// [`Error::Argument`] if what changed isn't in the network.
    pub fn finish(self, network: &mut impl Parameters<E, D>) -> Result<()> {
        let mut apply = Apply { updates: self.updates };
        if apply.updates.is_empty() {
            return Ok(());
        }
        visit_mut(network, &mut apply)?;
        if apply.updates.is_empty() {
            return Ok(());
        }
        Err(Error::Argument(
            "a layer updates a buffer or a count that this network doesn't hold: it isn't what ran".into(),
        ))
    }
}

/// Where a buffer or a count is.
fn address<T: ?Sized>(of: &T) -> usize {
    std::ptr::from_ref(of).cast::<()>().addr()
}

/// Says which layer receives its input, where operations are recorded for a plan.
pub(crate) fn enter<E: Dtype, D: Backend<E>>(layer: &dyn Display, input: &Value<E, D>) {
    match input {
        Value::Elements(activation) => D::enter(format_args!("{layer}"), activation),
        Value::Indices(_) => {}
        Value::Several(values) => values.iter().for_each(|value| enter(layer, value)),
    }
}

/// Puts updates into their places.
struct Apply<E: Dtype, D: Backend<E>> {
    updates: Vec<(usize, Update<E, D>)>,
}

impl<E: Dtype, D: Backend<E>> VisitorMut<E, D> for Apply<E, D> {
    fn tensor(&mut self, _: &str, tensor: &mut dyn ParameterTensor<E, D>, _: bool) -> Result<()> {
        let address = address(&*tensor);
        self.updates.retain(|(known, update)| match update {
            Update::Tensor(update) if *known == address => {
                tensor.put(update.clone());
                false
            }
            _ => true,
        });
        Ok(())
    }

    fn scalar(&mut self, _: &str, scalar: &mut dyn Scalar) -> Result<()> {
        let address = address(&*scalar);
        self.updates.retain(|(known, update)| match update {
            Update::Add(times) if *known == address => {
                scalar.set(&scalar.to_u64().unwrap_or_default().saturating_add(*times));
                false
            }
            _ => true,
        });
        Ok(())
    }
}
