//! The module of a layer that is made of lists of layers: each list receives the layer's input, and their outputs are
//! joined.

use crate::error::Result;
use crate::layer::{Activation, Described, Forward, Layer};
use crate::ops::Backend;
use crate::parameters::{Parameters, Walk, WalkMut, made_of};
use crate::shape::Shape;
use dfdx::nn::{ModuleVisitor, TensorCollection, ZeroSizedModule};
use dfdx::shapes::Dtype;
use dfdx::tensor::{NoneTape, PutTape, SplitTape, Tape};
use dfdx::tensor_ops::Device;
use std::fmt::Debug;
use std::marker::PhantomData;

/// Runs lists on an input and collects their outputs. The tape goes through all of them.
pub trait Run<In: Shape, E: Dtype, D: Backend<E>> {
    /// In evaluation.
    ///
    /// # Errors
    /// Those of the layers.
    fn eval<T: Tape<E, D>>(
        &self,
        input: &Activation<E, D, NoneTape>,
        outputs: Outputs<E, D, T>,
    ) -> Result<Outputs<E, D, T>>;

    /// In training.
    ///
    /// # Errors
    /// Those of the layers.
    fn train<T: Tape<E, D>>(
        &mut self,
        input: &Activation<E, D, NoneTape>,
        outputs: Outputs<E, D, T>,
    ) -> Result<Outputs<E, D, T>>;
}

/// The outputs so far, and the tape.
pub struct Outputs<E: Dtype, D: Device<E>, T> {
    /// One for each list that ran.
    pub list: Vec<Activation<E, D, NoneTape>>,
    /// What all operations so far are recorded on.
    pub tape: T,
}

impl<E: Dtype, D: Device<E>, T: Tape<E, D>> Outputs<E, D, T> {
    /// What the lists receive, and no outputs yet.
    pub fn of(input: Activation<E, D, T>) -> (Activation<E, D, NoneTape>, Self) {
        let (input, tape) = input.split_tape();
        (input, Outputs { list: Vec::new(), tape })
    }

    /// Runs a list and keeps its output.
    ///
    /// # Errors
    /// Those of the list.
    pub fn and(
        mut self,
        input: &Activation<E, D, NoneTape>,
        run: impl FnOnce(Activation<E, D, T>) -> Result<Activation<E, D, T>>,
    ) -> Result<Self> {
        let (output, tape) = run(input.clone().put_tape(self.tape))?.split_tape();
        self.list.push(output);
        Ok(Outputs { list: self.list, tape })
    }
}

/// The module of an argument that is no list, and the end of all.
#[derive(Clone, Debug, Default)]
pub struct Nothing;

impl ZeroSizedModule for Nothing {}
made_of! { [] Nothing {} }

impl<In: Shape, E: Dtype, D: Backend<E>> Run<In, E, D> for Nothing {
    fn eval<T: Tape<E, D>>(
        &self,
        _: &Activation<E, D, NoneTape>,
        outputs: Outputs<E, D, T>,
    ) -> Result<Outputs<E, D, T>> {
        Ok(outputs)
    }

    fn train<T: Tape<E, D>>(
        &mut self,
        _: &Activation<E, D, NoneTape>,
        outputs: Outputs<E, D, T>,
    ) -> Result<Outputs<E, D, T>> {
        Ok(outputs)
    }
}

/// The module of a list given by position.
#[derive(Clone, Debug)]
pub struct Always<M>(M);

made_of! { [M,] Always<M> { 0: M } }

impl<E: Dtype, D: Device<E>, M: TensorCollection<E, D>> TensorCollection<E, D> for Always<M> {
    type To<E2: Dtype, D2: Device<E2>> = Always<M::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(Self::module("", |list| &list.0, |list| &mut list.0), Always)
    }
}

impl<In: Shape, E: Dtype, D: Backend<E>, M: Forward<In, E, D>> Run<In, E, D> for Always<M> {
    fn eval<T: Tape<E, D>>(
        &self,
        input: &Activation<E, D, NoneTape>,
        outputs: Outputs<E, D, T>,
    ) -> Result<Outputs<E, D, T>> {
        outputs.and(input, |input| self.0.eval(input))
    }

    fn train<T: Tape<E, D>>(
        &mut self,
        input: &Activation<E, D, NoneTape>,
        outputs: Outputs<E, D, T>,
    ) -> Result<Outputs<E, D, T>> {
        outputs.and(input, |input| self.0.train(input))
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
    fn eval<T: Tape<E, D>>(
        &self,
        input: &Activation<E, D, NoneTape>,
        outputs: Outputs<E, D, T>,
    ) -> Result<Outputs<E, D, T>> {
        match &self.0 {
            Some(list) => list.eval(input, outputs),
            None => Ok(outputs),
        }
    }

    fn train<T: Tape<E, D>>(
        &mut self,
        input: &Activation<E, D, NoneTape>,
        outputs: Outputs<E, D, T>,
    ) -> Result<Outputs<E, D, T>> {
        match &mut self.0 {
            Some(list) => list.train(input, outputs),
            None => Ok(outputs),
        }
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
    fn eval<T: Tape<E, D>>(
        &self,
        input: &Activation<E, D, NoneTape>,
        outputs: Outputs<E, D, T>,
    ) -> Result<Outputs<E, D, T>> {
        self.1.eval(input, self.0.eval(input, outputs)?)
    }

    fn train<T: Tape<E, D>>(
        &mut self,
        input: &Activation<E, D, NoneTape>,
        outputs: Outputs<E, D, T>,
    ) -> Result<Outputs<E, D, T>> {
        self.1.train(input, self.0.train(input, outputs)?)
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
    fn eval<T: Tape<E, D>>(&self, input: Activation<E, D, T>) -> Result<Activation<E, D, T>> {
        let (input, outputs) = Outputs::of(input);
        let outputs = self.0.eval(&input, outputs)?;
        let outputs = self.1.eval(&input, outputs)?;
        // Behind its lists it is the layer itself that runs.
        D::enter(format_args!("layer `{}`", L::CALL.signature.layer), &input);
        L::join(input, outputs.list, outputs.tape)
    }

    fn train<T: Tape<E, D>>(&mut self, input: Activation<E, D, T>) -> Result<Activation<E, D, T>> {
        let (input, outputs) = Outputs::of(input);
        let outputs = self.0.train(&input, outputs)?;
        let outputs = self.1.train(&input, outputs)?;
        L::join(input, outputs.list, outputs.tape)
    }
}
