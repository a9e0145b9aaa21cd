//! The module of a layer that is made of lists of layers: each list receives the layer's input, and their outputs are
//! joined.

use crate::error::Result;
use crate::layer::{Context, Described, Forward, Layer, Step, Value, enter};
use crate::ops::{Backend, OptionalTape};
use crate::parameters::{Parameters, Walk, WalkMut, made_of};
use crate::shape::{Fed, Shape};
use dfdx::nn::{ModuleVisitor, TensorCollection, ZeroSizedModule};
use dfdx::shapes::Dtype;
use dfdx::tensor_ops::Device;
use std::fmt::{Debug, Display};
use std::marker::PhantomData;

/// Runs lists on an input and collects their outputs.
pub trait Run<In: Shape, E: Dtype, D: Backend<E>> {
    /// Adds the outputs of these lists.
    ///
    /// # Errors
    /// Those of the layers.
    fn run(&self, outputs: &mut Outputs<E, D>, context: &mut Context<E, D>) -> Result<()>;
}

/// What the lists of a layer receive, and their outputs so far.
///
/// Where the layer doesn't train, its lists run as in evaluation; and where what it receives doesn't either, without a tape.
pub struct Outputs<E: Dtype, D: Backend<E>> {
    input: Value<E, D>,
    fed: Fed,
    /// How many lists have received their inputs.
    lists: usize,
    list: Vec<Value<E, D>>,
    /// What all operations before are recorded on.
    tape: OptionalTape<E, D>,
    /// Whether operations in the lists are recorded.
    recording: bool,
    /// Whether the layer runs in training, and whether up to the logits.
    before: (bool, bool),
}

impl<E: Dtype, D: Backend<E>> Outputs<E, D> {
    /// No outputs of layer `L` yet, which receives this.
    pub fn of<L: Layer<In>, In: Shape>(input: Value<E, D>, context: &mut Context<E, D>) -> Self {
        Self::new(input, L::FED, L::TRAINS, In::LEARNS || context.learns(), context)
    }

    fn new(input: Value<E, D>, fed: Fed, trains: bool, learns: bool, context: &mut Context<E, D>) -> Self {
        let training = context.is_training();
        let before = (context.set_training(training && trains), context.set_logits(false));
        let (input, tape) = input.split_tape();
        let recording = tape.is_recording() && (trains || learns);
        Outputs { input, fed, lists: 0, list: Vec::new(), tape, recording, before }
    }

    /// What the next list receives: the layer's input, or some of several values, one after the other.
    fn inputs(&mut self) -> Vec<Value<E, D>> {
        let list = self.lists;
        self.lists += 1;
        let copy = |value: &Value<E, D>| value.copy(self.recording);
        match (self.fed, &self.input) {
            (Fed::Part, Value::Several(values)) => values.get(list).map(copy).into_iter().collect(),
            (Fed::EachPart, Value::Several(values)) => values.iter().map(copy).collect(),
            (_, input) => vec![copy(input)],
        }
    }

    /// Runs the layers of the next list, and keeps their output.
    ///
    /// # Errors
    /// Those of the layers.
    pub fn run(&mut self, steps: &[Step<'_, E, D>], context: &mut Context<E, D>) -> Result<()> {
        self.each(context, |input, context| context.layers(input, steps, false, false))
    }

    /// Runs the next list on what it receives, and keeps its outputs.
    fn each(
        &mut self,
        context: &mut Context<E, D>,
        run: impl Fn(Value<E, D>, &mut Context<E, D>) -> Result<Value<E, D>>,
    ) -> Result<()> {
        for (number, input) in self.inputs().into_iter().enumerate() {
            let output = match self.fed {
                Fed::EachPart => context.of_value(number, |context| run(input, context)),
                _ => run(input, context),
            };
            self.list.push(output?);
        }
        Ok(())
    }

    /// What layer `L`, which messages call `layer`, makes of the outputs.
    ///
    /// # Errors
    /// Those of the layer.
    pub fn join<L: Layer<In>, In: Shape>(
        self,
        layer: &dyn Display,
        context: &mut Context<E, D>,
    ) -> Result<Value<E, D>> {
        let input = self.input.copy(self.recording);
        context.set_training(self.before.0);
        context.set_logits(self.before.1);
        // Behind its lists it is the layer itself that runs.
        enter(layer, &input);
        Ok(L::join(input, self.list)?.after(self.tape))
    }
}

/// The module of an argument that is no list, and the end of all.
#[derive(Clone, Debug, Default)]
pub struct Nothing;

impl ZeroSizedModule for Nothing {}
made_of! { [] Nothing {} }

impl<In: Shape, E: Dtype, D: Backend<E>> Run<In, E, D> for Nothing {
    fn run(&self, _: &mut Outputs<E, D>, _: &mut Context<E, D>) -> Result<()> {
        Ok(())
    }
}

/// The module of a list given by position, which receives values of shape `X`.
pub struct Always<M, X>(M, PhantomData<fn() -> X>);

impl<M: Clone, X> Clone for Always<M, X> {
    fn clone(&self) -> Self {
        Always(self.0.clone(), PhantomData)
    }
}

impl<M: Debug, X> Debug for Always<M, X> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

made_of! { [M, X,] Always<M, X> { 0: M } 1 }

impl<E: Dtype, D: Device<E>, M: TensorCollection<E, D>, X> TensorCollection<E, D> for Always<M, X> {
    type To<E2: Dtype, D2: Device<E2>> = Always<M::To<E2, D2>, X>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(Self::module("", |list| &list.0, |list| &mut list.0), |list| Always(list, PhantomData))
    }
}

impl<In: Shape, X: Shape, E: Dtype, D: Backend<E>, M: Forward<X, E, D>> Run<In, E, D> for Always<M, X> {
    fn run(&self, outputs: &mut Outputs<E, D>, context: &mut Context<E, D>) -> Result<()> {
        outputs.each(context, |input, context| self.0.run(input, context))
    }
}

/// The module of keyword argument `INDEX` of layer `L`, which is there if that list runs.
pub struct Sometimes<L, In, const INDEX: usize, M>(Option<M>, PhantomData<fn() -> (L, In)>);

impl<L, In, const INDEX: usize, M: Clone> Clone for Sometimes<L, In, INDEX, M> {
    fn clone(&self) -> Self {
        Sometimes(self.0.clone(), PhantomData)
    }
}

impl<L, In, const INDEX: usize, M: Debug> Debug for Sometimes<L, In, INDEX, M> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<L, In, const INDEX: usize, E, D, M> Parameters<E, D> for Sometimes<L, In, INDEX, M>
where
    L: Layer<In>,
    In: Shape,
    E: Dtype,
    D: Device<E>,
    M: Parameters<E, D>,
{
    fn try_new(device: &D) -> Result<Self, D::Err> {
        let list = if L::RUNS[INDEX] { Some(M::try_new(device)?) } else { None };
        Ok(Sometimes(list, PhantomData))
    }

    fn walk(&self, walk: &mut Walk<'_, E, D>) {
        self.0.iter().for_each(|list| walk.module("", list));
    }

    fn walk_mut(&mut self, walk: &mut WalkMut<'_, E, D>) {
        self.0.iter_mut().for_each(|list| walk.module("", list));
    }
}

impl<L, In, const INDEX: usize, E, D, M> TensorCollection<E, D> for Sometimes<L, In, INDEX, M>
where
    L: Layer<In>,
    In: Shape,
    E: Dtype,
    D: Device<E>,
    M: TensorCollection<E, D>,
{
    type To<E2: Dtype, D2: Device<E2>> = Sometimes<L, In, INDEX, M::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let list = L::RUNS[INDEX].then(|| {
            Self::module(
                "",
                |list| list.0.as_ref().expect("built with its layers"),
                |list| list.0.as_mut().expect("built with its layers"),
            )
        });
        visitor.visit_fields(Vec::from_iter(list), |mut list| Sometimes(list.pop(), PhantomData))
    }
}

impl<L, In, const INDEX: usize, E, D, M> Run<In, E, D> for Sometimes<L, In, INDEX, M>
where
    In: Shape,
    E: Dtype,
    D: Backend<E>,
    M: Run<In, E, D>,
{
    fn run(&self, outputs: &mut Outputs<E, D>, context: &mut Context<E, D>) -> Result<()> {
        self.0.iter().try_for_each(|list| list.run(outputs, context))
    }
}

/// The module of one argument, then those of the others.
#[derive(Clone, Debug)]
pub struct Then<M, N>(M, N);

made_of! { [M, N,] Then<M, N> { 0: M, 1: N } }

impl<E, D, M, N> TensorCollection<E, D> for Then<M, N>
where
    E: Dtype,
    D: Device<E>,
    M: TensorCollection<E, D>,
    N: TensorCollection<E, D>,
{
    type To<E2: Dtype, D2: Device<E2>> = Then<M::To<E2, D2>, N::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("", |both| &both.0, |both| &mut both.0),
                Self::module("", |both| &both.1, |both| &mut both.1),
            ),
            |(first, second)| Then(first, second),
        )
    }
}

impl<In: Shape, E: Dtype, D: Backend<E>, M: Run<In, E, D>, N: Run<In, E, D>> Run<In, E, D> for Then<M, N> {
    fn run(&self, outputs: &mut Outputs<E, D>, context: &mut Context<E, D>) -> Result<()> {
        self.0.run(outputs, context)?;
        self.1.run(outputs, context)
    }
}

/// The module of layer `L`, which is made of lists: `M` holds those by position, `N` those by keyword.
pub struct BranchingModule<L, M, N>(M, N, PhantomData<fn() -> L>);

impl<L, M: Clone, N: Clone> Clone for BranchingModule<L, M, N> {
    fn clone(&self) -> Self {
        BranchingModule(self.0.clone(), self.1.clone(), PhantomData)
    }
}

impl<L: Described, M: Debug, N: Debug> Debug for BranchingModule<L, M, N> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple(L::CALL.signature.layer).field(&self.0).field(&self.1).finish()
    }
}

made_of! { [L, M, N,] BranchingModule<L, M, N> { 0: M, 1: N } 2 }

impl<L, E, D, M, N> TensorCollection<E, D> for BranchingModule<L, M, N>
where
    E: Dtype,
    D: Device<E>,
    M: TensorCollection<E, D>,
    N: TensorCollection<E, D>,
{
    type To<E2: Dtype, D2: Device<E2>> = BranchingModule<L, M::To<E2, D2>, N::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("", |both| &both.0, |both| &mut both.0),
                Self::module("", |both| &both.1, |both| &mut both.1),
            ),
            |(positional, keywords)| BranchingModule(positional, keywords, PhantomData),
        )
    }
}

impl<In, L, E, D, M, N> Forward<In, E, D> for BranchingModule<L, M, N>
where
    In: Shape,
    L: Layer<In>,
    E: Dtype,
    D: Backend<E>,
    M: Run<In, E, D>,
    N: Run<In, E, D>,
{
    fn run(&self, input: Value<E, D>, context: &mut Context<E, D>) -> Result<Value<E, D>> {
        let mut outputs = Outputs::of::<L, In>(input, context);
        self.0.run(&mut outputs, context)?;
        self.1.run(&mut outputs, context)?;
        outputs.join::<L, In>(&format_args!("layer `{}`", L::CALL.signature.layer), context)
    }
}
