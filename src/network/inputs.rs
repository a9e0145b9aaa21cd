//! What a network takes beside one tensor of elements: indices, and several inputs.

use std::sync::Arc;

use dfdx::shapes::{Const, Dim, Dtype, HasShape, Shape as DfdxShape, Unit};
use dfdx::tensor::{Gradients, NoneTape, PutTape, SplitTape, Storage, Tensor, Trace};

use super::Tensors;
use crate::error::{Error, Result};
use crate::layer::{Indices, Value};
use crate::ops::{Backend, InputTape, OptionalTape, ToVec};
use crate::shape::{self, Array5, Image, Matrix, Scalar, Shape, Vector, Volume};

/// How many examples there are, or that there is one, without a batch: it gives outputs their types.
pub trait Count<E: Dtype, D: Backend<E>>: Copy {
    /// The output's type.
    type Output<Out: Tensors, T: InputTape<E, D>>;

    /// How many examples there are.
    fn examples(&self) -> usize;

    /// Gives an output its type.
    ///
    /// # Errors
    /// If the device fails.
    fn shaped<Out: Tensors, T: InputTape<E, D>>(self, output: Value<E, D>) -> Result<Self::Output<Out, T>>;
}

/// A batch of as many examples.
#[derive(Clone, Copy)]
pub struct Many<B>(pub(super) B);

impl<B: Dim, E: Dtype, D: Backend<E>> Count<E, D> for Many<B> {
    type Output<Out: Tensors, T: InputTape<E, D>> = Out::Batch<B, E, D, T>;

    fn examples(&self) -> usize {
        self.0.size()
    }

    fn shaped<Out: Tensors, T: InputTape<E, D>>(self, output: Value<E, D>) -> Result<Self::Output<Out, T>> {
        Out::batch(output, self.0)
    }
}

/// One example.
#[derive(Clone, Copy)]
pub struct Single;

impl<E: Dtype, D: Backend<E>> Count<E, D> for Single {
    type Output<Out: Tensors, T: InputTape<E, D>> = Out::Single<E, D, T>;

    fn examples(&self) -> usize {
        1
    }

    fn shaped<Out: Tensors, T: InputTape<E, D>>(self, output: Value<E, D>) -> Result<Self::Output<Out, T>> {
        Out::single(output)
    }
}

/// What a network of input `In` takes, without a tape.
#[diagnostic::on_unimplemented(
    message = "the network takes `{In}` of `{E}` on `{D}`, one or a batch, but receives `{Self}`",
    label = "expected a tensor, or a tuple of tensors, of these shapes, without a tape"
)]
pub trait Untraced<In: Tensors, E: Dtype, D: Backend<E>>: Sized {
    /// How many examples there are, as a type.
    type Count: Count<E, D>;

    /// The value for the first layer, on a tape with these gradients, if there are any.
    ///
    /// # Errors
    /// If the device fails, or the inputs have batches of several sizes.
    fn value(self, gradients: Option<Gradients<E, D>>) -> Result<(Value<E, D>, Self::Count)>;
}

/// One input of several.
pub trait InputTensor {}

impl<S: DfdxShape, E, D: Storage<E>> InputTensor for Tensor<S, E, D> {}

macro_rules! elements {
    ($($shape:ident<$($size:ident),*>;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<Size: Dim, $(const $size: usize,)* E: Dtype, D: Backend<E>> Untraced<$shape<$($size),*>, E, D>
            for Tensor<(Size, $(Const<$size>),*), E, D>
        {
            type Count = Many<Size>;

            fn value(self, gradients: Option<Gradients<E, D>>) -> Result<(Value<E, D>, Many<Size>)> {
                let size = self.shape().0;
                let elements = traced(self, gradients);
                Ok((D::try_reshape(elements, &(size.size(), $shape::<$($size),*>::DIMS.numel()))?.into(), Many(size)))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$(const $size: usize,)* E: Dtype, D: Backend<E>> Untraced<$shape<$($size),*>, E, D>
            for Tensor<($(Const<$size>,)*), E, D>
        {
            type Count = Single;

            fn value(self, gradients: Option<Gradients<E, D>>) -> Result<(Value<E, D>, Single)> {
                let elements = traced(self, gradients);
                Ok((D::try_reshape(elements, &(1, $shape::<$($size),*>::DIMS.numel()))?.into(), Single))
            }
        }
    )*};
}

elements! {
    Scalar<>;
    Vector<N>;
    Matrix<R, C>;
    Image<C, H, W>;
    Volume<C, Z, H, W>;
    Array5<M, N, O, P, Q>;
}

/// Indices as a value.
fn indices<S: DfdxShape, E: Dtype, D: Backend<E>>(
    batch: usize,
    indices: Tensor<S, usize, D>,
    gradients: Option<Gradients<E, D>>,
) -> Value<E, D> {
    let (indices, tape) = traced(indices, gradients).split_tape();
    Value::Indices(Indices { batch, values: Arc::from(indices.to_vec()), tape })
}

/// A tensor on a tape with these gradients, if there are any.
fn traced<S: DfdxShape, F: Unit, E: Dtype, D: Backend<E> + Storage<F>>(
    tensor: Tensor<S, F, D>,
    gradients: Option<Gradients<E, D>>,
) -> Tensor<S, F, D, OptionalTape<E, D>> {
    match gradients {
        None => tensor.put_tape(OptionalTape::empty(false)),
        Some(gradients) => {
            let (tensor, tape) = Trace::<E, D>::traced(tensor, gradients).split_tape();
            tensor.put_tape(tape.into_optional())
        }
    }
}

#[diagnostic::do_not_recommend]
impl<Size: Dim, const N: usize, E: Dtype, D: Backend<E>> Untraced<shape::Indices<Vector<N>>, E, D>
    for Tensor<(Size, Const<N>), usize, D>
{
    type Count = Many<Size>;

    fn value(self, gradients: Option<Gradients<E, D>>) -> Result<(Value<E, D>, Many<Size>)> {
        let size = self.shape().0;
        Ok((indices(size.size(), self, gradients), Many(size)))
    }
}

#[diagnostic::do_not_recommend]
impl<const N: usize, E: Dtype, D: Backend<E>> Untraced<shape::Indices<Vector<N>>, E, D>
    for Tensor<(Const<N>,), usize, D>
{
    type Count = Single;

    fn value(self, gradients: Option<Gradients<E, D>>) -> Result<(Value<E, D>, Single)> {
        Ok((indices(1, self, gradients), Single))
    }
}

macro_rules! tuples {
    ($($first:ident $first_shape:ident: $($input:ident $shape:ident),*;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<E, D, $first_shape, $first, $($shape, $input),*> Untraced<($first_shape, $($shape),*), E, D>
            for ($first, $($input),*)
        where
            E: Dtype,
            D: Backend<E>,
            $first_shape: Tensors,
            $first: InputTensor + Untraced<$first_shape, E, D>,
            $($shape: Tensors,)*
            $($input: InputTensor + Untraced<$shape, E, D, Count = <$first as Untraced<$first_shape, E, D>>::Count>,)*
        {
            type Count = <$first as Untraced<$first_shape, E, D>>::Count;

            #[allow(non_snake_case)]
            fn value(self, gradients: Option<Gradients<E, D>>) -> Result<(Value<E, D>, Self::Count)> {
                let ($first, $($input),*) = self;
                let recording = gradients.is_some();
                let (first, count) = $first.value(gradients)?;
                let mut values = vec![first];
                $(
                    let (value, other) = $input.value(recording.then(Gradients::leaky))?;
                    same(count.examples(), other.examples())?;
                    values.push(value);
                )*
                Ok((Value::Several(values), count))
            }
        }
    )*};
}

tuples! {
    X0 S0: X1 S1;
    X0 S0: X1 S1, X2 S2;
    X0 S0: X1 S1, X2 S2, X3 S3;
}

/// Two inputs have as many examples.
fn same(first: usize, other: usize) -> Result<()> {
    if first == other {
        return Ok(());
    }
    let why = format!("the first input has {first} examples, but another one has {other}");
    Err(Error::Argument(why))
}

/// Runs a network, and collects gradients, if there are any to begin with.
///
/// # Errors
/// Those of the network, and if the inputs don't fit each other.
pub(super) fn run<In, Out, E, D, X, T>(
    inputs: X,
    gradients: Option<Gradients<E, D>>,
    network: impl FnOnce(Value<E, D>) -> Result<Value<E, D>>,
) -> Result<<X::Count as Count<E, D>>::Output<Out, T>>
where
    In: Tensors,
    Out: Tensors,
    E: Dtype,
    D: Backend<E>,
    X: Untraced<In, E, D>,
    T: InputTape<E, D>,
{
    let (value, count) = inputs.value(gradients)?;
    if count.examples() == 0 {
        return count.shaped(nothing(value, Out::DIMS.numel())?);
    }
    count.shaped(network(value)?)
}

/// What a network gives for no examples.
fn nothing<E: Dtype, D: Backend<E>>(value: Value<E, D>, outputs: usize) -> Result<Value<E, D>> {
    let (value, tape) = value.split_tape();
    let mut values = value.several().into_iter();
    let elements = values.find_map(|value| value.elements().ok());
    let none = || Error::Argument("a batch of indices has at least one example".into());
    Ok(Value::from(crate::ops::portable::zeros(elements.ok_or_else(none)?, (0, outputs))?).after(tape))
}

/// Runs a network on elements whose gradients are not asked for.
pub(super) fn without_gradients<E: Dtype, D: Backend<E>>(
    kept: &[Tensor<(usize, usize), E, D>],
    network: &mut dyn FnMut() -> Result<Value<E, D>>,
) -> Result<Value<E, D>> {
    match kept {
        [] => network(),
        [first, others @ ..] => D::without_gradient(first, || without_gradients(others, network)),
    }
}

/// The elements of a value, once more.
pub(super) fn elements_of<E: Dtype, D: Backend<E>>(value: &Value<E, D>) -> Vec<Tensor<(usize, usize), E, D>> {
    match value {
        Value::Elements(activation) => vec![activation.retaped::<NoneTape>()],
        Value::Indices(_) => Vec::new(),
        Value::Several(values) => values.iter().flat_map(elements_of).collect(),
    }
}
