//! The tensors at the ends of a network.

use dfdx::shapes::{Const, Dim, Dtype};
use dfdx::tensor::{PutTape, SplitTape, Tape, Tensor};

use crate::error::{Error, Result};
use crate::layer::Value;
use crate::ops::{Backend, InputTape};
use crate::parameters::AnyShape;
use crate::shape::{Array5, Image, Indices, Matrix, Scalar, Shape, Vector, Volume};

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
    ($($name:ident<$($size:ident),*>;)*) => {$(
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
    )*};
}

shapes! {
    Scalar<>;
    Vector<N>;
    Matrix<R, C>;
    Image<C, H, W>;
    Volume<C, Z, H, W>;
    Array5<M, N, O, P, Q>;
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

macro_rules! tuples {
    ($([$($shape:ident $index:ident),*];)*) => {$(
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
    [S0 s0, S1 s1];
    [S0 s0, S1 s1, S2 s2];
    [S0 s0, S1 s1, S2 s2, S3 s3];
    [S0 s0, S1 s1, S2 s2, S3 s3, S4 s4];
    [S0 s0, S1 s1, S2 s2, S3 s3, S4 s4, S5 s5];
    [S0 s0, S1 s1, S2 s2, S3 s3, S4 s4, S5 s5, S6 s6];
    [S0 s0, S1 s1, S2 s2, S3 s3, S4 s4, S5 s5, S6 s6, S7 s7];
}

/// Gives elements their shape, on a tape of the input's kind.
fn shaped<S: AnyShape, E: Dtype, D: Backend<E>, T: InputTape<E, D>>(
    value: Value<E, D>,
    shape: &S,
) -> Result<Tensor<S, E, D, T>> {
    let (elements, tape) = D::try_reshape(value.elements()?, shape)?.split_tape();
    Ok(elements.put_tape(T::of_output(tape)))
}
