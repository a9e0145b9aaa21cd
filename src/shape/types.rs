//! The types that stand for one example's shape.

use super::{Dims, Message};
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

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident<$($size:ident),*> $rank:literal [$($unused:tt),*];)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name<$(const $size: usize),*>;

        impl<$(const $size: usize),*> Shape for $name<$($size),*> {
            const DIMS: Dims = Dims::new(&[$($size),*]);
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

/// What leaves a network: `COUNT` tensors of these shapes; those not used are [`Scalar`].
pub struct Outgoing<const COUNT: usize, Shapes>(PhantomData<Shapes>);

/// The shape of what leaves a network: one, or a tuple.
pub type Ends<const COUNT: usize, S0, S1, S2, S3, S4, S5, S6, S7> =
    <Outgoing<COUNT, (S0, S1, S2, S3, S4, S5, S6, S7)> as Numbers>::Shape;

impl<S0: Shape, S1, S2, S3, S4, S5, S6, S7> Numbers for Outgoing<1, (S0, S1, S2, S3, S4, S5, S6, S7)> {
    type Shape = S0;
}

macro_rules! tuples {
    ($($count:literal [$($shape:ident),*] [$($unused:ident),*];)*) => {$(
        impl<$($shape: Shape,)* $($unused),*> Numbers for Outgoing<$count, ($($shape,)* $($unused,)*)> {
            type Shape = ($($shape,)*);
        }

        impl<$($shape: Shape),*> Shape for ($($shape,)*) {
            const DIMS: Dims = Dims::several(&[$($shape::DIMS),*]);
        }
    )*};
}

tuples! {
    2 [S0, S1] [S2, S3, S4, S5, S6, S7];
    3 [S0, S1, S2] [S3, S4, S5, S6, S7];
    4 [S0, S1, S2, S3] [S4, S5, S6, S7];
    5 [S0, S1, S2, S3, S4] [S5, S6, S7];
    6 [S0, S1, S2, S3, S4, S5] [S6, S7];
    7 [S0, S1, S2, S3, S4, S5, S6] [S7];
    8 [S0, S1, S2, S3, S4, S5, S6, S7] [];
}
