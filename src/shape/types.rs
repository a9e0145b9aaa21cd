//! The types that stand for one example's shape.

use super::{Dims, Message};
use crate::layer::Layer;
use dfdx::shapes::{Const, ConstDim, ConstShape, Dim, Shape as TensorShape};
use std::fmt;
use std::marker::PhantomData;

/// The shape of one example, as a type.
///
/// A tensor holds a batch of examples: dimension `B` in front, which is `usize` or `Const<N>`, then the example's own.
pub trait Shape: 'static {
    /// The sizes.
    const DIMS: Dims;
    /// How the shape came about, where its sizes don't tell: "\[1352\] is \[8, 13, 13\] flattened".
    const ORIGIN: Option<Message> = None;
    /// The tensor shape of a batch.
    type Batched<B: Dim>: TensorShape;
    /// The tensor shape of a single example, without a batch.
    type Single: ConstShape;
    /// The tensor shape of `batch` examples.
    fn batched<B: Dim>(batch: B) -> Self::Batched<B>;
    /// How many examples a tensor of that shape holds.
    fn batch<B: Dim>(shape: &Self::Batched<B>) -> B;
}

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident<$($size:ident),*> $rank:literal [$($unused:tt),*];)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name<$(const $size: usize),*>;

        impl<$(const $size: usize),*> Shape for $name<$($size),*> {
            const DIMS: Dims = Dims::new(&[$($size),*]);
            type Batched<Batch: Dim> = (Batch, $(Const<$size>),*);
            type Single = ($(Const<$size>,)*);
            fn batched<Batch: Dim>(batch: Batch) -> Self::Batched<Batch> {
                (batch, $(Const::<$size>),*)
            }
            fn batch<Batch: Dim>(shape: &Self::Batched<Batch>) -> Batch {
                shape.0
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

/// How many numbers an example of shape `S` holds, as a dimension that is known once `S` is.
pub struct Numel<S>(PhantomData<fn() -> S>);

impl<S: Shape> Dim for Numel<S> {
    fn size(&self) -> usize {
        S::DIMS.numel()
    }
    fn from_size(size: usize) -> Option<Self> {
        (size == S::DIMS.numel()).then_some(Numel(PhantomData))
    }
}

impl<S: Shape> ConstDim for Numel<S> {
    const SIZE: usize = S::DIMS.numel();
}

impl<S> Clone for Numel<S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S> Copy for Numel<S> {}
impl<S> Default for Numel<S> {
    fn default() -> Self {
        Numel(PhantomData)
    }
}
impl<S> PartialEq for Numel<S> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl<S> Eq for Numel<S> {}
impl<S: Shape> fmt::Debug for Numel<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", S::DIMS.numel())
    }
}

/// The shape that layer `L` makes of `In`, where that isn't a number yet (between the layers of an open network).
///
/// Its tensors are flat, `(B, numel)`: no operation of this library looks at the rank of an activation.
pub struct OutOf<L, In>(PhantomData<fn() -> (L, In)>);

impl<In: Shape, L: Layer<In>> Shape for OutOf<L, In> {
    const DIMS: Dims = L::INFERRED.output;
    const ORIGIN: Option<Message> = L::INFERRED.origin_after(&In::DIMS, In::ORIGIN);
    type Batched<B: Dim> = (B, Numel<Self>);
    type Single = (Numel<Self>,);
    fn batched<B: Dim>(batch: B) -> Self::Batched<B> {
        (batch, Numel(PhantomData))
    }
    fn batch<B: Dim>(shape: &Self::Batched<B>) -> B {
        shape.0
    }
}
