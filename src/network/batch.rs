//! Which tensors a network takes.

use super::Tensors;
use super::inputs::{self, Count, InputTensor, Untraced, elements_of, without_gradients};
use crate::error::{Error, Result};
use crate::layer::Value;
use crate::ops::portable::zeros;
use crate::ops::{Backend, InputTape};
use crate::shape::{Array5, Image, Indices, Matrix, Scalar, Shape, Vector, Volume};
use dfdx::shapes::{Const, Dim, Dtype, HasShape};
use dfdx::tensor::{Gradients, NoneTape, OwnedTape, PutTape, SplitTape, Tensor};

/// A tensor that holds one example of shape `In`, or a batch of them in its first dimension.
///
/// (`Examples` is the tensor of such a batch, for the compiler to say; it is never written.)
///
/// A batch's size is `usize` or `Const<N>`. An empty batch gives an empty output, and an empty gradient of the examples; no
/// layer runs. (One of indices alone is an error.) dfdx's own operations, [`as_vec`](Tensor::as_vec) among them, panic on tensors without elements: read them by
/// [`to_vec`](crate::ops::ToVec::to_vec).
///
/// To learn, gradients are collected behind it: `(images, gradients)`. Then none is computed of the images themselves, which
/// would be thrown away, but takes as long as that of the first layer's weights. Where it is wanted, as for a network in front
/// of this one, the tensor is traced itself: `images.traced(gradients)`.
///
/// ```
/// use shapewright::prelude::*;
///
/// network! { struct Net: Input<4> { out: Linear<.., 2> } }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let mut net = Net::build(&dev)?;
/// let images: Tensor<Rank2<3, 4>, f32, Cpu> = dev.sample_normal();
///
/// let logits = net.try_train((images.clone(), net.alloc_grads()))?;
/// let gradients = CrossEntropyLoss::default().try_forward(logits, &[0, 1, 1])?.backward();
/// let of_the_weight = gradients.get(&net.out.weight);
///
/// let logits = net.try_train(images.leaky_trace())?;
/// let gradients = CrossEntropyLoss::default().try_forward(logits, &[0, 1, 1])?.backward();
/// let of_the_images = gradients.get(&images);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "the network takes `{In}` of `{E}` on `{D}`, one or a batch, but receives `{Self}`",
    label = "expected a batch, `{Examples}`, or one example, which has no `usize`",
    note = "a batch's size may be a constant too: `Const<64>` in place of `usize`"
)]
pub trait Batch<In, E, D, Examples = <In as Tensors>::Batch<usize, E, D, NoneTape>>: Sized
where
    In: Tensors,
    E: Dtype,
    D: Backend<E>,
{
    /// The tape that the tensor carries.
    type Tape: InputTape<E, D>;
    /// What comes out: a batch for a batch, one example for one.
    type Output<Out: Tensors>;

    /// Runs a network on the examples.
    ///
    /// # Errors
    /// Those of the network.
    #[doc(hidden)]
    fn run<Out: Tensors>(self, network: impl FnOnce(Value<E, D>) -> Result<Value<E, D>>) -> Result<Self::Output<Out>>;
}

#[diagnostic::do_not_recommend]
impl<In, E, D, X, Examples> Batch<In, E, D, Examples> for (X, Gradients<E, D>)
where
    In: Tensors,
    E: Dtype,
    D: Backend<E>,
    X: Untraced<In, E, D>,
{
    type Tape = OwnedTape<E, D>;
    type Output<Out: Tensors> = <X::Count as Count<E, D>>::Output<Out, OwnedTape<E, D>>;

    fn run<Out: Tensors>(self, network: impl FnOnce(Value<E, D>) -> Result<Value<E, D>>) -> Result<Self::Output<Out>> {
        let (examples, gradients) = self;
        inputs::run::<In, Out, E, D, X, OwnedTape<E, D>>(examples, Some(gradients), |input| {
            // They are kept as long as the network runs, so that nothing else gets their places.
            let kept = elements_of(&input);
            let (mut input, mut network) = (Some(input), Some(network));
            without_gradients(&kept, &mut || match (input.take(), network.take()) {
                (Some(input), Some(network)) => network(input),
                _ => Err(Error::Argument("a network runs once".into())),
            })
        })
    }
}

macro_rules! untraced {
    ($([$($generics:tt)*] [$($conditions:tt)*] $input:ty => $X:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)* E, D, Examples> Batch<$input, E, D, Examples> for $X
        where
            E: Dtype,
            D: Backend<E>,
            $($conditions)*
        {
            type Tape = NoneTape;
            type Output<Out: Tensors> =
                <<$X as Untraced<$input, E, D>>::Count as Count<E, D>>::Output<Out, NoneTape>;

            fn run<Out: Tensors>(
                self,
                network: impl FnOnce(Value<E, D>) -> Result<Value<E, D>>,
            ) -> Result<Self::Output<Out>> {
                inputs::run::<$input, Out, E, D, $X, NoneTape>(self, None, network)
            }
        }
    )*};
}

untraced! {
    [Size: Dim, const N: usize,] [] Indices<Vector<N>> => Tensor<(Size, Const<N>), usize, D>;
    [const N: usize,] [] Indices<Vector<N>> => Tensor<(Const<N>,), usize, D>;
    [S0, S1, X0, X1,] [
        S0: Tensors, S1: Tensors, X0: InputTensor, X1: InputTensor, (X0, X1): Untraced<(S0, S1), E, D>,
    ] (S0, S1) => (X0, X1);
    [S0, S1, S2, X0, X1, X2,] [
        S0: Tensors, S1: Tensors, S2: Tensors, (X0, X1, X2): Untraced<(S0, S1, S2), E, D>,
    ] (S0, S1, S2) => (X0, X1, X2);
    [S0, S1, S2, S3, X0, X1, X2, X3,] [
        S0: Tensors, S1: Tensors, S2: Tensors, S3: Tensors, (X0, X1, X2, X3): Untraced<(S0, S1, S2, S3), E, D>,
    ] (S0, S1, S2, S3) => (X0, X1, X2, X3);
}

macro_rules! batches {
    ($($shape:ident<$($size:ident),*>;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<Size: Dim, $(const $size: usize,)* E: Dtype, D: Backend<E>, T: InputTape<E, D>, Examples>
            Batch<$shape<$($size),*>, E, D, Examples> for Tensor<(Size, $(Const<$size>),*), E, D, T>
        {
            type Tape = T;
            type Output<Out: Tensors> = Out::Batch<Size, E, D, T>;

            fn run<Out: Tensors>(
                self,
                network: impl FnOnce(Value<E, D>) -> Result<Value<E, D>>,
            ) -> Result<Out::Batch<Size, E, D, T>> {
                let size = self.shape().0;
                let (examples, tape) = self.split_tape();
                let examples = examples.put_tape(tape.into_optional());
                let output = if size.size() > 0 {
                    network(D::try_reshape(examples, &(size.size(), $shape::<$($size),*>::DIMS.numel()))?.into())?
                } else {
                    zeros(examples, (0, Out::DIMS.numel()))?.into()
                };
                Out::batch(output, size)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$(const $size: usize,)* E: Dtype, D: Backend<E>, T: InputTape<E, D>, Examples>
            Batch<$shape<$($size),*>, E, D, Examples> for Tensor<($(Const<$size>,)*), E, D, T>
        {
            type Tape = T;
            type Output<Out: Tensors> = Out::Single<E, D, T>;

            fn run<Out: Tensors>(
                self,
                network: impl FnOnce(Value<E, D>) -> Result<Value<E, D>>,
            ) -> Result<Out::Single<E, D, T>> {
                let (example, tape) = self.split_tape();
                let example = example.put_tape(tape.into_optional());
                Out::single(network(D::try_reshape(example, &(1, $shape::<$($size),*>::DIMS.numel()))?.into())?)
            }
        }
    )*};
}

batches! {
    Scalar<>;
    Vector<N>;
    Matrix<R, C>;
    Image<C, H, W>;
    Volume<C, Z, H, W>;
    Array5<M, N, O, P, Q>;
}
