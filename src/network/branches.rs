//! Lists of layers as arguments: what each makes of the layer's input, and the type of its module.

use super::branching::{Always, Nothing, Sometimes, Then};
use crate::call::{Argument, Auto, Call, Evaluate, Expression, Flag, Float, Given, Keyword, ParameterOf, Value, Word};
use crate::layer::{Described, Layer, Place};
use crate::network::{Sequential, Structure};
use crate::parameters::Parameters;
use crate::shape::{Dims, Fed, Inferred, Shape};
use dfdx::nn::BuildModule;
use dfdx::shapes::{Const, Dtype};
use dfdx::tensor_ops::Device;
use std::fmt::Debug;
use std::marker::PhantomData;

/// An argument as a list of layers, if it is one: a list of a layer behind `Outer`, which receives `In`.
pub trait Branch<In: Shape, Outer: Shape>: 'static {
    /// What the list makes of its input.
    const INFERRED: Option<&'static Inferred>;
    /// The layers in it.
    const STRUCTURE: Structure;
    /// What holds the parameters of its layers and runs them. It is argument `INDEX` of its kind of layer `L`.
    type Module<L: Layer<Outer>, const INDEX: usize, P: Place, E: Dtype, D: Device<E>>: BuildModule<D, E>
        + Parameters<E, D>
        + Clone
        + Debug;
}

impl<const CALLED: bool, In: Shape, Outer: Shape, Layers: Layer<In>> Branch<In, Outer> for Sequential<CALLED, Layers> {
    const INFERRED: Option<&'static Inferred> = Some(&<Layers as Layer<In>>::INFERRED);
    const STRUCTURE: Structure = Layers::STRUCTURE;
    type Module<L: Layer<Outer>, const INDEX: usize, P: Place, E: Dtype, D: Device<E>> =
        Always<Layers::Module<P, E, D>, In>;
}

impl<In: Shape, Outer: Shape, const KEY: u64, V: Branch<In, Outer>> Branch<In, Outer> for Keyword<KEY, V> {
    const INFERRED: Option<&'static Inferred> = V::INFERRED;
    const STRUCTURE: Structure = V::STRUCTURE;
    type Module<L: Layer<Outer>, const INDEX: usize, P: Place, E: Dtype, D: Device<E>> =
        Sometimes<L, Outer, INDEX, V::Module<L, INDEX, P, E, D>>;
}

macro_rules! not_lists {
    ($([$($generics:tt)*] $argument:ty;)*) => {$(
        impl<In: Shape, Outer: Shape, $($generics)*> Branch<In, Outer> for $argument {
            const INFERRED: Option<&'static Inferred> = None;
            const STRUCTURE: Structure = Structure::Layer;
            type Module<L: Layer<Outer>, const INDEX: usize, P: Place, E: Dtype, D: Device<E>> = Nothing;
        }
    )*};
}

not_lists! {
    [] Auto;
    [const START: u128, const REST: u128] Word<START, REST>;
    [const N: usize] Const<N>;
    [const BITS: u64] Float<BITS>;
    [const IS: bool] Flag<IS>;
    [const PACKED: u128] Given<PACKED>;
    [A: Argument, B: Argument] (A, B);
    [Block: Described, const PARAMETER: usize] ParameterOf<Block, PARAMETER>;
    [X: Evaluate] Expression<X>;
}

/// All arguments by position, or all by keyword, of a layer that is made of lists. `Feed` says what each receives.
pub trait Branches<In: Shape, Feed: Feeds = FeedsInput>: 'static {
    /// What each makes of what it receives, where it is a list.
    const LISTS: &'static [Option<&'static Inferred>];
    /// The output of each; the input, where it is no list.
    const OUTPUTS: &'static [Dims];
    /// The layers in each.
    const STRUCTURES: &'static [&'static Structure];
    /// The modules of the lists.
    type Modules<L: Layer<In>, P: Place, E: Dtype, D: Device<E>>: BuildModule<D, E> + Parameters<E, D> + Clone + Debug;
}

/// What lists receive, as a type.
pub trait Feeds: 'static {
    /// That.
    const FED: Fed;
    /// What list `INDEX` receives behind `In`.
    type Into<In: Shape, const INDEX: usize>: Shape;
}

/// The layer's input.
pub struct FeedsInput;
impl Feeds for FeedsInput {
    const FED: Fed = Fed::Input;
    type Into<In: Shape, const INDEX: usize> = In;
}

/// One of several values each.
pub struct FeedsParts;
impl Feeds for FeedsParts {
    const FED: Fed = Fed::Part;
    type Into<In: Shape, const INDEX: usize> = PartOf<In, INDEX>;
}

/// Each of several values of one shape.
pub struct FeedsEachPart;
impl Feeds for FeedsEachPart {
    const FED: Fed = Fed::EachPart;
    type Into<In: Shape, const INDEX: usize> = PartOf<In, 0>;
}

/// One of several shapes; unclear, where there is no such.
pub struct PartOf<In, const INDEX: usize>(PhantomData<fn() -> In>);

impl<In: Shape, const INDEX: usize> Shape for PartOf<In, INDEX> {
    const DIMS: Dims = In::DIMS.fed(Fed::Part, INDEX);
    const LEARNS: bool = In::LEARNS;
}

const fn output<In: Shape>(list: Option<&'static Inferred>) -> Dims {
    match list {
        Some(list) => list.output,
        None => In::DIMS,
    }
}

macro_rules! modules {
    ($L:ident $P:ident $E:ident $D:ident) => { Nothing };
    ($L:ident $P:ident $E:ident $D:ident $first:ident $index:literal $($rest:tt)*) => {
        Then<
            <$first as Branch<Feed::Into<In, $index>, In>>::Module<$L, $index, $P, $E, $D>,
            modules!($L $P $E $D $($rest)*)
        >
    };
}

macro_rules! branches {
    ($(($($branch:ident $index:literal),*);)*) => {$(
        impl<In: Shape, Feed: Feeds, $($branch: Branch<Feed::Into<In, $index>, In>),*> Branches<In, Feed>
            for ($($branch,)*)
        {
            const LISTS: &'static [Option<&'static Inferred>] =
                &[$(<$branch as Branch<Feed::Into<In, $index>, In>>::INFERRED),*];
            const OUTPUTS: &'static [Dims] = &[$(
                output::<Feed::Into<In, $index>>(<$branch as Branch<Feed::Into<In, $index>, In>>::INFERRED)
            ),*];
            const STRUCTURES: &'static [&'static Structure] =
                &[$(&<$branch as Branch<Feed::Into<In, $index>, In>>::STRUCTURE),*];
            type Modules<L: Layer<In>, P: Place, E: Dtype, D: Device<E>> = modules!(L P E D $($branch $index)*);
        }
    )*};
}

branches! {
    ();
    (A0 0);
    (A0 0, A1 1);
    (A0 0, A1 1, A2 2);
    (A0 0, A1 1, A2 2, A3 3);
    (A0 0, A1 1, A2 2, A3 3, A4 4);
    (A0 0, A1 1, A2 2, A3 3, A4 4, A5 5);
    (A0 0, A1 1, A2 2, A3 3, A4 4, A5 5, A6 6);
    (A0 0, A1 1, A2 2, A3 3, A4 4, A5 5, A6 6, A7 7);
}

/// A list in a closed network, whose layers the network itself holds: all that is known of it is a number.
pub struct Listed<L>(PhantomData<fn() -> L>);

/// What a list in a closed network makes of its input there.
pub trait Known: 'static {
    /// That.
    const INFERRED: Inferred;
}

#[diagnostic::do_not_recommend]
impl<L: Known> Described for Listed<L> {
    const CALL: Call = Call::plain("[…]");
}

impl<L: Known> Argument for Listed<L> {
    const VALUE: Value = Value::Layers;
}

#[diagnostic::do_not_recommend]
impl<In: Shape, L: Known> Layer<In> for Listed<L> {
    const INFERRED: Inferred = L::INFERRED;
    type Module<P: Place, E: Dtype, D: Device<E>> = Nothing;
}

impl<In: Shape, Outer: Shape, L: Known> Branch<In, Outer> for Listed<L> {
    const INFERRED: Option<&'static Inferred> = Some(&L::INFERRED);
    const STRUCTURE: Structure = Structure::Layer;
    type Module<M: Layer<Outer>, const INDEX: usize, P: Place, E: Dtype, D: Device<E>> = Nothing;
}
