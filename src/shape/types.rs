//! The types that stand for one example's shape.

use super::{Dims, Message};
use crate::error::{Error, Result};
use crate::layer::{Layer, Value};
use crate::ops::{Backend, InputTape};
use crate::parameters::AnyShape;
use dfdx::shapes::{Const, Dim, Dtype};
use dfdx::tensor::{PutTape, SplitTape, Tape, Tensor};
use std::marker::PhantomData;

/// The shape of one example, as a type.
pub trait Shape: 'static {
    /// The sizes.
    const DIMS: Dims;
    /// How the shape came about, where its sizes don't tell: "\[1352\] is \[8, 13, 13\] flattened".
    const ORIGIN: Option<Message> = None;
    /// Whether it depends on parameters that train, so that gradients have to reach it.
    const LEARNS: bool = false;
}

/// The shape at an end of a network, where tensors have types.
pub trait Tensors: Shape {
    /// The tensor that holds a batch of examples: dimension `B` in front, which is `usize` or `Const<N>`, then the
    /// example's own.
    type Batch<B: Dim, E: Dtype, D: Backend<E>, T: Tape<E, D>>;
    /// The tensor that holds a single example, without a batch.
    type Single<E: Dtype, D: Backend<E>, T: Tape<E, D>>;

    /// Gives a batch its type.
    ///
    /// # Errors
    /// If the device fails.
    fn batch<B: Dim, E: Dtype, D: Backend<E>, T: InputTape<E, D>>(
        value: Value<E, D>,
        batch: B,
    ) -> Result<Self::Batch<B, E, D, T>>;

    /// Gives a batch of one the type of a single example.
    ///
    /// # Errors
    /// If the device fails.
    fn single<E: Dtype, D: Backend<E>, T: InputTape<E, D>>(value: Value<E, D>) -> Result<Self::Single<E, D, T>>;
}

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident<$($size:ident),*> $rank:literal [$($unused:tt),*];)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name<$(const $size: usize),*>;

        impl<$(const $size: usize),*> Shape for $name<$($size),*> {
            const DIMS: Dims = Dims::new(&[$($size),*]);
        }

        impl<$(const $size: usize),*> Tensors for $name<$($size),*> {
            type Batch<Size: Dim, Unit: Dtype, On: Backend<Unit>, T: Tape<Unit, On>> =
                Tensor<(Size, $(Const<$size>),*), Unit, On, T>;
            type Single<Unit: Dtype, On: Backend<Unit>, T: Tape<Unit, On>> = Tensor<($(Const<$size>,)*), Unit, On, T>;

            fn batch<Size: Dim, Unit: Dtype, On: Backend<Unit>, T: InputTape<Unit, On>>(
                value: Value<Unit, On>,
                size: Size,
            ) -> Result<Self::Batch<Size, Unit, On, T>> {
                shaped(value, &(size, $(Const::<$size>),*))
            }

            fn single<Unit: Dtype, On: Backend<Unit>, T: InputTape<Unit, On>>(
                value: Value<Unit, On>,
            ) -> Result<Self::Single<Unit, On, T>> {
                shaped(value, &($(Const::<$size>,)*))
            }
        }

        impl<$(const $size: usize),*> Numbers for Sizes<$rank, $($size,)* $($unused),*> {
            type Shape = $name<$($size),*>;
        }
    )*};
}

shapes! {
    /// A single number.
    Scalar<> 0 [0, 0, 0, 0, 0];
    /// `N` features.
    Vector<N> 1 [0, 0, 0, 0];
    /// `R` rows of `C` columns; for sequences, `R` steps of `C` features.
    Matrix<R, C> 2 [0, 0, 0];
    /// `C` channels of `H` × `W`.
    Image<C, H, W> 3 [0, 0];
    /// `C` channels of `D` × `H` × `W`.
    Volume<C, D, H, W> 4 [0];
    /// Five dimensions.
    Array5<M, N, O, P, Q> 5 [];
}

/// A rank and five sizes, the unused ones 0: how shapes come back from numbers to types.
pub struct Sizes<const RANK: usize, const A: usize, const B: usize, const C: usize, const D: usize, const E: usize>;

/// Gives the numbers of [`Sizes`] their shape type.
pub trait Numbers {
    /// That type.
    type Shape: Shape;
}

/// The shape type of `RANK` sizes; those not used are 0.
pub type SizedShape<const RANK: usize, const A: usize, const B: usize, const C: usize, const D: usize, const E: usize> =
    <Sizes<RANK, A, B, C, D, E> as Numbers>::Shape;

/// Several tensors on their way through a network, `TOTAL` numbers all together. Nothing but a network's end takes them.
pub struct Several<const TOTAL: usize>;

impl<const TOTAL: usize> Shape for Several<TOTAL> {
    const DIMS: Dims = Dims::several(&[Dims::new(&[TOTAL])]);
}

impl<const TOTAL: usize> Numbers for Sizes<6, TOTAL, 0, 0, 0, 0> {
    type Shape = Several<TOTAL>;
}

/// Indices instead of elements, in the same sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Indices<S>(PhantomData<S>);

impl<S: Shape> Shape for Indices<S> {
    const DIMS: Dims = S::DIMS.of_indices();
}

impl<const N: usize> Numbers for Sizes<8, N, 0, 0, 0, 0> {
    type Shape = Indices<Vector<N>>;
}

impl<const N: usize> Tensors for Indices<Vector<N>> {
    type Batch<B: Dim, E: Dtype, D: Backend<E>, T: Tape<E, D>> = Tensor<(B, Const<N>), usize, D>;
    type Single<E: Dtype, D: Backend<E>, T: Tape<E, D>> = Tensor<(Const<N>,), usize, D>;

    fn batch<B: Dim, E: Dtype, D: Backend<E>, T: InputTape<E, D>>(
        _: Value<E, D>,
        _: B,
    ) -> Result<Self::Batch<B, E, D, T>> {
        Err(only_indices())
    }

    fn single<E: Dtype, D: Backend<E>, T: InputTape<E, D>>(_: Value<E, D>) -> Result<Self::Single<E, D, T>> {
        Err(only_indices())
    }
}

fn only_indices() -> Error {
    Error::Argument(
        "a network's output is elements, but this one has no layer that makes elements of its indices".into(),
    )
}

/// What leaves a network: `COUNT` tensors of these shapes; those not used are [`Scalar`].
pub struct Outgoing<const COUNT: usize, Shapes>(PhantomData<Shapes>);

/// The shape of what leaves a network: one, or a tuple.
pub type Ends<const COUNT: usize, S0, S1, S2, S3, S4, S5, S6, S7> =
    <Outgoing<COUNT, (S0, S1, S2, S3, S4, S5, S6, S7)> as Numbers>::Shape;

impl<S0: Shape, S1, S2, S3, S4, S5, S6, S7> Numbers for Outgoing<1, (S0, S1, S2, S3, S4, S5, S6, S7)> {
    type Shape = S0;
}

macro_rules! tuples {
    ($($count:literal [$($shape:ident $index:tt),*] [$($unused:ident),*];)*) => {$(
        impl<$($shape: Shape,)* $($unused),*> Numbers for Outgoing<$count, ($($shape,)* $($unused,)*)> {
            type Shape = ($($shape,)*);
        }

        impl<$($shape: Shape),*> Shape for ($($shape,)*) {
            const DIMS: Dims = Dims::several(&[$($shape::DIMS),*]);
        }

        impl<$($shape: Tensors),*> Tensors for ($($shape,)*) {
            type Batch<B: Dim, E: Dtype, D: Backend<E>, T: Tape<E, D>> = ($($shape::Batch<B, E, D, T>,)*);
            type Single<E: Dtype, D: Backend<E>, T: Tape<E, D>> = ($($shape::Single<E, D, T>,)*);

            fn batch<B: Dim, E: Dtype, D: Backend<E>, T: InputTape<E, D>>(
                value: Value<E, D>,
                batch: B,
            ) -> Result<Self::Batch<B, E, D, T>> {
                let mut parts = value.cut(&[$($shape::DIMS.numel()),*])?.into_iter();
                $(let $index = parts.next().expect("as many parts as sizes");)*
                Ok(($($shape::batch($index, batch)?,)*))
            }

            fn single<E: Dtype, D: Backend<E>, T: InputTape<E, D>>(
                value: Value<E, D>,
            ) -> Result<Self::Single<E, D, T>> {
                let mut parts = value.cut(&[$($shape::DIMS.numel()),*])?.into_iter();
                $(let $index = parts.next().expect("as many parts as sizes");)*
                Ok(($($shape::single($index)?,)*))
            }
        }
    )*};
}

tuples! {
    2 [S0 s0, S1 s1] [S2, S3, S4, S5, S6, S7];
    3 [S0 s0, S1 s1, S2 s2] [S3, S4, S5, S6, S7];
    4 [S0 s0, S1 s1, S2 s2, S3 s3] [S4, S5, S6, S7];
    5 [S0 s0, S1 s1, S2 s2, S3 s3, S4 s4] [S5, S6, S7];
    6 [S0 s0, S1 s1, S2 s2, S3 s3, S4 s4, S5 s5] [S6, S7];
    7 [S0 s0, S1 s1, S2 s2, S3 s3, S4 s4, S5 s5, S6 s6] [S7];
    8 [S0 s0, S1 s1, S2 s2, S3 s3, S4 s4, S5 s5, S6 s6, S7 s7] [];
}

/// Gives elements their shape, on a tape of the input's kind.
fn shaped<S: AnyShape, E: Dtype, D: Backend<E>, T: InputTape<E, D>>(
    value: Value<E, D>,
    shape: &S,
) -> Result<Tensor<S, E, D, T>> {
    let (elements, tape) = D::try_reshape(value.elements()?, shape)?.split_tape();
    Ok(elements.put_tape(T::of_output(tape)))
}

/// The shape that layer `L` makes of `In`, where that isn't a number yet (between the layers of an open network).
pub struct OutOf<L, In>(PhantomData<fn() -> (L, In)>);

impl<In: Shape, L: Layer<In>> Shape for OutOf<L, In> {
    const DIMS: Dims = L::INFERRED.behind(&In::DIMS).output;
    const ORIGIN: Option<Message> = L::INFERRED.origin_after(&In::DIMS, In::ORIGIN);
    const LEARNS: bool = L::INFERRED.learns(In::LEARNS);
}
