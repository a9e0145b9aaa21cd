//! Closed networks in type position.

use super::{Network, Structure, Summary, Tensors};
use crate::call::Call;
use crate::error::Result;
use crate::layer::{Context, Described, Forward, HasLogits, Layer, Lazy, Place, Trained, Value};
use crate::ops::Backend;
use crate::parameters::{Parameters, Walk, WalkMut};
use crate::shape::{Dims, Inferred, Shape};
use dfdx::nn::{BuildOnDevice, ModuleVisitor, TensorCollection};
use dfdx::shapes::Dtype;
use dfdx::tensor::Cpu;
use dfdx::tensor_ops::Device;
use std::fmt::Debug;
use std::marker::PhantomData;

/// A closed network, as `network!(Input<…>, …)` writes it: `Layers` between `In` and `Out`.
///
/// As it stands it is a model of `f32` on the [`Cpu`]; `E` and `D` are the type of its elements and its device.
/// `FITS` stands for the checks of its layers.
pub struct Closed<
    const FITS: bool,
    Layers: Layer<In>,
    In: Shape,
    Out,
    E: Dtype = f32,
    D: Device<E> = Cpu,
    M = <Layers as Layer<In>>::Module<Lazy<Layers, In, Trained>, E, D>,
>(M, PhantomData<fn() -> (Layers, In, Out, E, D)>);

impl<const FITS: bool, Layers: Layer<In>, In: Shape, Out: Shape, M> Closed<FITS, Layers, In, Out, f32, Cpu, M> {
    /// The sizes of one input.
    pub const INPUT: Dims = In::DIMS;
    /// The sizes of one output.
    pub const OUTPUT: Dims = Out::DIMS;
    /// The number of elements of its parameters.
    pub const PARAMS: usize = Layers::INFERRED.parameters;
    /// How many of them train.
    pub const TRAINABLE: usize = Layers::INFERRED.parameters - Layers::INFERRED.frozen;
    /// How many multiplications with addition one example takes, forward.
    pub const MACS: usize = Layers::INFERRED.macs;
    /// The number of elements that its layers make of an example, all together.
    pub const ACTIVATIONS: usize = Layers::INFERRED.activations;

    /// A model on a device, with its initial values.
    ///
    /// # Errors
    /// If the device fails, mostly for want of memory.
    pub fn build<D: Backend<f32>>(device: &D) -> Result<Closed<FITS, Layers, In, Out, f32, D>> {
        Ok(Parameters::try_new(device)?)
    }

    /// Its layers, their outputs, parameters and costs; printed, it is a table.
    pub fn summary() -> Summary {
        Summary::new("Network", In::DIMS, Out::DIMS, Layers::INFERRED.costs(), &Layers::STRUCTURE)
    }
}

impl<const FITS: bool, Layers, In, Out, E, D, M> BuildOnDevice<D, E> for Closed<FITS, Layers, In, Out, f32, Cpu, M>
where
    Layers: Layer<In>,
    In: Shape,
    Out: Shape,
    E: Dtype,
    D: Device<E>,
{
    type Built = Closed<FITS, Layers, In, Out, E, D>;
}

#[diagnostic::do_not_recommend]
impl<const FITS: bool, Layers: Layer<In>, In: Shape, Out, E: Dtype, D: Device<E>, M: Clone> Clone
    for Closed<FITS, Layers, In, Out, E, D, M>
{
    fn clone(&self) -> Self {
        Closed(self.0.clone(), PhantomData)
    }
}

#[diagnostic::do_not_recommend]
impl<const FITS: bool, Layers: Layer<In>, In: Shape, Out, E: Dtype, D: Device<E>, M: Debug> Debug
    for Closed<FITS, Layers, In, Out, E, D, M>
{
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Network").field(&self.0).finish()
    }
}

impl<const FITS: bool, Layers, In, Out, E, D, M> Parameters<E, D> for Closed<FITS, Layers, In, Out, E, D, M>
where
    Layers: Layer<In>,
    In: Shape,
    E: Dtype,
    D: Device<E>,
    M: Parameters<E, D>,
{
    fn try_new(device: &D) -> Result<Self, D::Err> {
        Ok(Closed(M::try_new(device)?, PhantomData))
    }

    fn walk(&self, walk: &mut Walk<'_, E, D>) {
        walk.module("", &self.0);
    }

    fn walk_mut(&mut self, walk: &mut WalkMut<'_, E, D>) {
        walk.module("", &mut self.0);
    }
}

impl<const FITS: bool, Layers, In, Out, E, D, M> TensorCollection<E, D> for Closed<FITS, Layers, In, Out, E, D, M>
where
    Layers: Layer<In>,
    In: Shape,
    E: Dtype,
    D: Device<E>,
    M: TensorCollection<E, D>,
{
    type To<E2: Dtype, D2: Device<E2>> = Closed<FITS, Layers, In, Out, E2, D2, M::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(Self::module("", |network| &network.0, |network| &mut network.0), |module| {
            Closed(module, PhantomData)
        })
    }
}

impl<const FITS: bool, Layers, In, Out, X, E, D, M> Forward<X, E, D> for Closed<FITS, Layers, In, Out, E, D, M>
where
    Layers: Layer<In>,
    In: Shape,
    X: Shape,
    E: Dtype,
    D: Backend<E>,
    M: Forward<In, E, D>,
{
    fn run(&self, input: Value<E, D>, context: &mut Context<E, D>) -> Result<Value<E, D>> {
        context.behind(X::LEARNS, |context| self.0.run(input, context))
    }
}

#[diagnostic::do_not_recommend]
impl<const FITS: bool, Layers: Layer<In>, In: Shape, Out: 'static, M: 'static> Described
    for Closed<FITS, Layers, In, Out, f32, Cpu, M>
{
    const CALL: Call = Call::plain("Network");
}

#[diagnostic::do_not_recommend]
impl<const FITS: bool, Layers, In, Out, X, M> Layer<X> for Closed<FITS, Layers, In, Out, f32, Cpu, M>
where
    Layers: Layer<In>,
    In: Shape,
    Out: Shape,
    X: Shape,
    M: 'static,
{
    const INFERRED: Inferred = Inferred::network(X::DIMS, In::DIMS, Out::DIMS, Layers::INFERRED.costs());
    const STRUCTURE: Structure = Layers::STRUCTURE;
    type Module<P: Place, E: Dtype, D: Device<E>> =
        Closed<FITS, Layers, In, Out, E, D, Layers::Module<Lazy<Layers, In, P::Training>, E, D>>;
}

impl<const FITS: bool, Layers, In, Out, E, D, M> Network for Closed<FITS, Layers, In, Out, E, D, M>
where
    Layers: Layer<In>,
    In: Tensors,
    Out: Tensors,
    E: Dtype,
    D: Backend<E>,
    M: TensorCollection<E, D> + Parameters<E, D> + Forward<In, E, D>,
{
    const NAME: &'static str = "Network";
    type Input = In;
    type Output = Out;
    type Dtype = E;
    type Device = D;
}

#[diagnostic::do_not_recommend]
impl<const FITS: bool, Layers, In, Out, E, D, M, Marker> HasLogits<Marker> for Closed<FITS, Layers, In, Out, E, D, M>
where
    Layers: Layer<In> + HasLogits<Marker>,
    In: Shape,
    E: Dtype,
    D: Device<E>,
{
}
