//! Lists of layers as arguments: what each makes of the layer's input, and the type of its module.

use super::branching::{Always, Nothing, Sometimes, Then};
use crate::call::{Argument, Auto, Call, Evaluate, Expression, Flag, Float, Given, Keyword, ParameterOf, Value, Word};
use crate::layer::{Described, Layer, Place};
use crate::network::{Sequential, Structure};
use crate::parameters::Parameters;
use crate::shape::{Dims, Inferred, Shape};
use dfdx::nn::BuildModule;
use dfdx::shapes::{Const, Dtype};
use dfdx::tensor_ops::Device;
use std::fmt::Debug;
use std::marker::PhantomData;

/// An argument as a list of layers, if it is one.
pub trait Branch<In: Shape>: 'static {
    /// What the list makes of its input.
    const INFERRED: Option<&'static Inferred>;
    /// The layers in it.
    const STRUCTURE: Structure;
    /// What holds the parameters of its layers and runs them. It is argument `INDEX` of its kind of layer `L`.
    type Module<L: Layer<In>, const INDEX: usize, P: Place, E: Dtype, D: Device<E>>: BuildModule<D, E>
        + Parameters<E, D>
        + Clone
        + Debug;
}

impl<const CALLED: bool, In: Shape, Layers: Layer<In>> Branch<In> for Sequential<CALLED, Layers> {
    const INFERRED: Option<&'static Inferred> = Some(&<Layers as Layer<In>>::INFERRED);
    const STRUCTURE: Structure = Layers::STRUCTURE;
    type Module<L: Layer<In>, const INDEX: usize, P: Place, E: Dtype, D: Device<E>> = Always<Layers::Module<P, E, D>>;
}

impl<In: Shape, const KEY: u64, V: Branch<In>> Branch<In> for Keyword<KEY, V> {
    const INFERRED: Option<&'static Inferred> = V::INFERRED;
    const STRUCTURE: Structure = V::STRUCTURE;
    type Module<L: Layer<In>, const INDEX: usize, P: Place, E: Dtype, D: Device<E>> =
        Sometimes<L, In, INDEX, V::Module<L, INDEX, P, E, D>>;
}

macro_rules! not_lists {
    ($([$($generics:tt)*] $argument:ty;)*) => {$(
        impl<In: Shape, $($generics)*> Branch<In> for $argument {
            const INFERRED: Option<&'static Inferred> = None;
            const STRUCTURE: Structure = Structure::Layer;
            type Module<L: Layer<In>, const INDEX: usize, P: Place, E: Dtype, D: Device<E>> = Nothing;
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

/// All arguments by position, or all by keyword, of a layer that is made of lists.
pub trait Branches<In: Shape>: 'static {
    /// What each makes of the input, where it is a list.
    const LISTS: &'static [Option<&'static Inferred>];
    /// The output of each; the input, where it is no list.
    const OUTPUTS: &'static [Dims];
    /// The layers in each.
    const STRUCTURES: &'static [&'static Structure];
    /// The modules of the lists.
    type Modules<L: Layer<In>, P: Place, E: Dtype, D: Device<E>>: BuildModule<D, E> + Parameters<E, D> + Clone + Debug;
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
        Then<<$first as Branch<In>>::Module<$L, $index, $P, $E, $D>, modules!($L $P $E $D $($rest)*)>
    };
}

macro_rules! branches {
    ($(($($branch:ident $index:literal),*);)*) => {$(
        impl<In: Shape, $($branch: Branch<In>),*> Branches<In> for ($($branch,)*) {
            const LISTS: &'static [Option<&'static Inferred>] = &[$(<$branch as Branch<In>>::INFERRED),*];
            const OUTPUTS: &'static [Dims] = &[$(output::<In>(<$branch as Branch<In>>::INFERRED)),*];
            const STRUCTURES: &'static [&'static Structure] = &[$(&<$branch as Branch<In>>::STRUCTURE),*];
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

impl<In: Shape, L: Known> Branch<In> for Listed<L> {
    const INFERRED: Option<&'static Inferred> = Some(&L::INFERRED);
    const STRUCTURE: Structure = Structure::Layer;
    type Module<M: Layer<In>, const INDEX: usize, P: Place, E: Dtype, D: Device<E>> = Nothing;
}
