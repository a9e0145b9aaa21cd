//! Layers one after the other, as types: open networks, and the lists in a network.

use crate::call::{self, Argument, Call};
use crate::error::{Error, Result};
use crate::layer::{Context, Described, Forward, HasLogits, Layer, Lazy, Place, Value};
use crate::network::{Part, Segment, Structure};
use crate::ops::Backend;
use crate::parameters::{Parameters, Walk, WalkMut, made_of};
use crate::shape::{Dims, Inferred, Message, Report, Reported, Shape, Site, Takes, Written};
use dfdx::nn::{ModuleVisitor, TensorCollection};
use dfdx::shapes::Dtype;
use dfdx::tensor_ops::Device;
use std::fmt::Debug;
use std::marker::PhantomData;

/// A list of layers, as `network!` writes it: `Layers` is a balanced tree of [`Pair`]s with an [`At`] at each leaf.
///
/// An open network is one, and so is each list `[…]` in a network. It is a layer: `network!(Input<…>, Open)` closes it.
/// `CALLED` stands for the checks of its layers' arguments.
pub struct Sequential<const CALLED: bool, Layers>(PhantomData<fn() -> Layers>);

#[diagnostic::do_not_recommend]
impl<const CALLED: bool, Layers: 'static> Described for Sequential<CALLED, Layers> {
    const CALL: Call = Call::plain("[…]");
}

impl<const CALLED: bool, Layers: 'static> Argument for Sequential<CALLED, Layers> {
    const VALUE: call::Value = call::Value::Layers;
}

#[diagnostic::do_not_recommend]
impl<const CALLED: bool, In: Shape, Layers: Layer<In>> Layer<In> for Sequential<CALLED, Layers> {
    const INFERRED: Inferred = Layers::INFERRED;
    const STRUCTURE: Structure = Layers::STRUCTURE;
    type Module<P: Place, E: Dtype, D: Device<E>> = Layers::Module<P, E, D>;
}

#[diagnostic::do_not_recommend]
impl<const CALLED: bool, Layers: HasLogits<Marker>, Marker> HasLogits<Marker> for Sequential<CALLED, Layers> {}

/// No device can build an open network: it lacks an input.
#[diagnostic::on_unimplemented(
    message = "this network is open: it has no `Input`, so its sizes are not known",
    label = "an open network can't be built",
    note = "close it: `network!(Input<…>, Name)`, with the sizes of one example"
)]
pub trait BuildsOpenNetworks {}

impl<const CALLED: bool, Layers> Sequential<CALLED, Layers> {
    /// Only a closed network can be built: `network!(Input<…>, Open)`. This never compiles; it is here for its error.
    ///
    /// # Errors
    /// None, as it can't be called.
    pub fn build<D: BuildsOpenNetworks>(_device: &D) -> Result<std::convert::Infallible> {
        build_open()
    }
}

/// What building an open network comes to, if it could be called.
///
/// # Errors
/// Always.
pub fn build_open() -> Result<std::convert::Infallible> {
    Err(Error::Argument("an open network has no input".into()))
}

/// The segment of a layer that adds none to its parameters' names.
pub const TRANSPARENT: usize = usize::MAX;

/// Layer `L` at position `POSITION`, counted from 0. `SEGMENT` is its part of its parameters' names.
pub struct At<const POSITION: usize, const SEGMENT: usize, L>(PhantomData<fn() -> L>);

#[diagnostic::do_not_recommend]
impl<const POSITION: usize, const SEGMENT: usize, L: 'static> Described for At<POSITION, SEGMENT, L> {
    const CALL: Call = Call::plain("[…]");
}

#[diagnostic::do_not_recommend]
impl<const POSITION: usize, const SEGMENT: usize, In: Shape, L: Layer<In>> Layer<In> for At<POSITION, SEGMENT, L> {
    const INFERRED: Inferred = {
        let mut inferred = L::INFERRED.behind(&In::DIMS);
        inferred.mistake = None;
        inferred.takes = Takes::Anything;
        inferred.report = Report::Within {
            site: &Site {
                outer: None,
                list: "",
                network: "",
                position: POSITION + 1,
                name: "",
                written: Written::Type,
                line: "",
                call: &<L as Described>::CALL,
                origin: In::ORIGIN,
            },
            layer: &L::INFERRED.behind(&In::DIMS),
            reported: Reported::Shapes,
        };
        inferred
    };
    const STRUCTURE: Structure = Structure::Parts(&[Part {
        segment: match SEGMENT {
            TRANSPARENT => Segment::None,
            index => Segment::Index(index),
        },
        layer: "",
        call: &<L as Described>::CALL,
        inferred: &L::INFERRED,
        inside: &L::STRUCTURE,
    }]);
    type Module<P: Place, E: Dtype, D: Device<E>> = AtModule<SEGMENT, L::Module<Lazy<L, In, P::Training>, E, D>>;
}

#[diagnostic::do_not_recommend]
impl<const POSITION: usize, const SEGMENT: usize, L: HasLogits<Marker>, Marker> HasLogits<Marker>
    for At<POSITION, SEGMENT, L>
{
}

/// The shape that layer `L` makes of `In`, where that isn't known yet (between the layers of an open network).
pub struct OutOf<L, In>(PhantomData<fn() -> (L, In)>);

impl<In: Shape, L: Layer<In>> Shape for OutOf<L, In> {
    const DIMS: Dims = L::INFERRED.behind(&In::DIMS).output;
    const ORIGIN: Option<Message> = L::INFERRED.origin_after(&In::DIMS, In::ORIGIN);
    const LEARNS: bool = L::INFERRED.learns(In::LEARNS);
}

/// Layers `A`, then layers `B`.
pub struct Pair<A, B>(PhantomData<fn() -> (A, B)>);

#[diagnostic::do_not_recommend]
impl<A: 'static, B: 'static> Described for Pair<A, B> {
    const CALL: Call = Call::plain("[…]");
}

#[diagnostic::do_not_recommend]
impl<In: Shape, A: Layer<In>, B: Layer<OutOf<A, In>>> Layer<In> for Pair<A, B> {
    const INFERRED: Inferred = Inferred {
        output: B::INFERRED.output,
        mistake: None,
        report: Report::Both(&A::INFERRED.report, &B::INFERRED.report),
        sizes: [0; 5],
        parameters: A::INFERRED.parameters.saturating_add(B::INFERRED.parameters),
        frozen: A::INFERRED.frozen.saturating_add(B::INFERRED.frozen),
        macs: A::INFERRED.macs.saturating_add(B::INFERRED.macs),
        activations: A::INFERRED.activations.saturating_add(B::INFERRED.activations),
        origin: OutOf::<B, OutOf<A, In>>::ORIGIN,
        takes: Takes::Anything,
    };
    const STRUCTURE: Structure = Structure::Both(&A::STRUCTURE, &B::STRUCTURE);
    type Module<P: Place, E: Dtype, D: Device<E>> = PairModule<OutOf<A, In>, A::Module<P, E, D>, B::Module<P, E, D>>;
}

#[diagnostic::do_not_recommend]
impl<A, B: HasLogits<Marker>, Marker> HasLogits<Marker> for Pair<A, B> {}

/// The module of [`At`].
#[derive(Clone, Debug)]
pub struct AtModule<const SEGMENT: usize, M>(M);

impl<const SEGMENT: usize, E: Dtype, D: Device<E>, M: Parameters<E, D>> Parameters<E, D> for AtModule<SEGMENT, M> {
    fn try_new(device: &D) -> Result<Self, D::Err> {
        Ok(AtModule(M::try_new(device)?))
    }

    fn walk(&self, walk: &mut Walk<'_, E, D>) {
        walk.module(&segment(SEGMENT), &self.0);
    }

    fn walk_mut(&mut self, walk: &mut WalkMut<'_, E, D>) {
        walk.module(&segment(SEGMENT), &mut self.0);
    }
}

/// A position as a part of a name.
fn segment(position: usize) -> String {
    if position == TRANSPARENT { String::new() } else { position.to_string() }
}

impl<const SEGMENT: usize, E: Dtype, D: Device<E>, M: TensorCollection<E, D>> TensorCollection<E, D>
    for AtModule<SEGMENT, M>
{
    type To<E2: Dtype, D2: Device<E2>> = AtModule<SEGMENT, M::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(Self::module(&segment(SEGMENT), |at| &at.0, |at| &mut at.0), AtModule)
    }
}

impl<const SEGMENT: usize, In, E, D, M> Forward<In, E, D> for AtModule<SEGMENT, M>
where
    In: Shape,
    E: Dtype,
    D: Backend<E>,
    M: Forward<In, E, D>,
{
    fn run(&self, input: Value<E, D>, context: &mut Context<E, D>) -> Result<Value<E, D>> {
        let module = std::any::type_name::<M>().split('<').next().unwrap_or_default();
        let layer = module.rsplit("::").next().unwrap_or(module).trim_end_matches("Module");
        let run = |input, context: &mut Context<E, D>| self.0.run(input, context);
        match SEGMENT {
            TRANSPARENT => context.layer(Segment::None, &format_args!("layer `{layer}`"), input, &run),
            index => context.layer(Segment::Index(index), &format_args!("layer {} `{layer}`", index + 1), input, &run),
        }
    }
}

/// The module of [`Pair`]; `Between` is the shape between the two.
pub struct PairModule<Between, A, B>(A, B, PhantomData<fn() -> Between>);

impl<Between, A: Clone, B: Clone> Clone for PairModule<Between, A, B> {
    fn clone(&self) -> Self {
        PairModule(self.0.clone(), self.1.clone(), PhantomData)
    }
}

impl<Between, A: Debug, B: Debug> Debug for PairModule<Between, A, B> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Pair").field(&self.0).field(&self.1).finish()
    }
}

made_of! { [Between, A, B,] PairModule<Between, A, B> { 0: A, 1: B } 2 }

impl<Between, E, D, A, B> TensorCollection<E, D> for PairModule<Between, A, B>
where
    E: Dtype,
    D: Device<E>,
    A: TensorCollection<E, D>,
    B: TensorCollection<E, D>,
{
    type To<E2: Dtype, D2: Device<E2>> = PairModule<Between, A::To<E2, D2>, B::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("", |pair| &pair.0, |pair| &mut pair.0),
                Self::module("", |pair| &pair.1, |pair| &mut pair.1),
            ),
            |(first, second)| PairModule(first, second, PhantomData),
        )
    }
}

impl<In, Between, E, D, M, N> Forward<In, E, D> for PairModule<Between, M, N>
where
    In: Shape,
    Between: Shape,
    E: Dtype,
    D: Backend<E>,
    M: Forward<In, E, D>,
    N: Forward<Between, E, D>,
{
    fn run(&self, input: Value<E, D>, context: &mut Context<E, D>) -> Result<Value<E, D>> {
        let logits = context.set_logits(false);
        let between = self.0.run(input, context);
        context.set_logits(logits);
        self.1.run(between?, context)
    }
}
