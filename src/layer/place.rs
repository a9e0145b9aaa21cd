//! Where a layer stands: the sizes that type its parameters there, and whether they train.

use std::fmt::Debug;
use std::marker::PhantomData;

use dfdx::shapes::{Const, ConstDim, Dim};

use super::Layer;
use crate::shape::Shape;

/// Where a layer stands in a network: the sizes that type its parameters there, and whether they train.
pub trait Place: Clone + Debug + 'static {
    /// The first of [`Inferred::sizes`](crate::shape::Inferred::sizes).
    type Size0: ConstDim;
    /// The second.
    type Size1: ConstDim;
    /// The third.
    type Size2: ConstDim;
    /// The fourth.
    type Size3: ConstDim;
    /// The fifth.
    type Size4: ConstDim;
    /// Whether the parameters train.
    type Training: Training;
}

/// Whether parameters train, as a type.
pub trait Training: Clone + Debug + 'static {
    /// Whether they do.
    const TRAINS: bool;
}

/// Parameters that optimizers change.
#[derive(Clone, Debug)]
pub struct Trained;
impl Training for Trained {
    const TRAINS: bool = true;
}

/// A place in a closed network: every size is a number.
#[derive(Clone, Debug)]
pub struct Fixed<
    const SIZE0: usize,
    const SIZE1: usize,
    const SIZE2: usize,
    const SIZE3: usize,
    const SIZE4: usize,
    T = Trained,
>(PhantomData<T>);

impl<const SIZE0: usize, const SIZE1: usize, const SIZE2: usize, const SIZE3: usize, const SIZE4: usize, T: Training>
    Place for Fixed<SIZE0, SIZE1, SIZE2, SIZE3, SIZE4, T>
{
    type Size0 = Const<SIZE0>;
    type Size1 = Const<SIZE1>;
    type Size2 = Const<SIZE2>;
    type Size3 = Const<SIZE3>;
    type Size4 = Const<SIZE4>;
    type Training = T;
}

/// The place of layer `L` behind `In` in an open network: the sizes are known once `In` is.
pub struct Lazy<L, In, T = Trained>(PhantomData<fn() -> (L, In, T)>);

impl<L, In, T> Clone for Lazy<L, In, T> {
    fn clone(&self) -> Self {
        Lazy(PhantomData)
    }
}
impl<L, In, T> Debug for Lazy<L, In, T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Lazy")
    }
}

impl<In: Shape, L: Layer<In>, T: Training> Place for Lazy<L, In, T> {
    type Size0 = LazySize<L, In, 0>;
    type Size1 = LazySize<L, In, 1>;
    type Size2 = LazySize<L, In, 2>;
    type Size3 = LazySize<L, In, 3>;
    type Size4 = LazySize<L, In, 4>;
    type Training = T;
}

/// Size `I` of layer `L` behind `In`, as a dimension.
pub struct LazySize<L, In, const I: usize>(PhantomData<fn() -> (L, In)>);

impl<In: Shape, L: Layer<In>, const I: usize> Dim for LazySize<L, In, I> {
    fn size(&self) -> usize {
        Self::SIZE
    }
    fn from_size(size: usize) -> Option<Self> {
        if size == Self::SIZE { Some(LazySize(PhantomData)) } else { None }
    }
}
impl<In: Shape, L: Layer<In>, const I: usize> ConstDim for LazySize<L, In, I> {
    const SIZE: usize = L::INFERRED.sizes[I];
}
impl<L, In, const I: usize> Clone for LazySize<L, In, I> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<L, In, const I: usize> Copy for LazySize<L, In, I> {}
impl<L, In, const I: usize> Default for LazySize<L, In, I> {
    fn default() -> Self {
        LazySize(PhantomData)
    }
}
impl<L, In, const I: usize> PartialEq for LazySize<L, In, I> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl<L, In, const I: usize> Eq for LazySize<L, In, I> {}
impl<In: Shape, L: Layer<In>, const I: usize> Debug for LazySize<L, In, I> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", Self::SIZE)
    }
}

/// Whether parameters in the lists of layer `L` behind `In` train: if they do where `L` stands, and `L` lets them.
pub struct Inside<L, In, R>(PhantomData<fn() -> (L, In, R)>);

impl<L, In, R> Clone for Inside<L, In, R> {
    fn clone(&self) -> Self {
        Inside(PhantomData)
    }
}

impl<L, In, R> Debug for Inside<L, In, R> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Inside")
    }
}

impl<L: Layer<In>, In: Shape, R: Training> Training for Inside<L, In, R> {
    const TRAINS: bool = R::TRAINS && L::TRAINS;
}
