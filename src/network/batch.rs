//! Which tensors a network takes.

use crate::error::Result;
use crate::layer::Activation;
use crate::ops::Backend;
use crate::shape::{Array5, Image, Matrix, Scalar, Shape, Vector, Volume};
use dfdx::shapes::{Const, Dim, Dtype, HasShape};
use dfdx::tensor::{PutTape, SplitTape, Tape, Tensor};
use dfdx::tensor_ops::ReshapeTo;

/// A tensor that holds one example of shape `In`, or a batch of them in its first dimension.
///
/// A batch's size is `usize` or `Const<N>`; an empty batch gives an empty output.
#[diagnostic::on_unimplemented(
    message = "the network takes `{In}` of `{E}` on `{D}`, one or a batch, but receives `{Self}`",
    label = "not one `{In}` of `{E}`, nor a batch of them"
)]
pub trait Batch<In: Shape, E: Dtype, D: Backend<E>>: Sized {
    /// The size of the batch.
    type Size: Dim;
    /// The tape that the tensor carries.
    type Tape: Tape<E, D>;
    /// The tensor that comes out: a batch for a batch, one example for one.
    type Output<Out: Shape>;

    /// Runs a network on the examples.
    ///
    /// # Errors
    /// Those of the network.
    #[doc(hidden)]
    fn run<Out: Shape>(
        self,
        network: impl FnOnce(
            Activation<In, Self::Size, E, D, Self::Tape>,
        ) -> Result<Activation<Out, Self::Size, E, D, Self::Tape>>,
    ) -> Result<Self::Output<Out>>;
}

macro_rules! batches {
    ($($shape:ident<$($size:ident),*>;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<Size: Dim, $(const $size: usize,)* E: Dtype, D: Backend<E>, T: Tape<E, D>> Batch<$shape<$($size),*>, E, D>
            for Tensor<(Size, $(Const<$size>),*), E, D, T>
        {
            type Size = Size;
            type Tape = T;
            type Output<Out: Shape> = Activation<Out, Size, E, D, T>;

            fn run<Out: Shape>(
                self,
                network: impl FnOnce(Self) -> Result<Activation<Out, Size, E, D, T>>,
            ) -> Result<Activation<Out, Size, E, D, T>> {
                let size = self.shape().0;
                if size.size() > 0 {
                    return network(self);
                }
                let (empty, tape) = self.split_tape();
                Ok(empty.device().try_zeros_like(&Out::batched(size))?.put_tape(tape))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$(const $size: usize,)* E: Dtype, D: Backend<E>, T: Tape<E, D>> Batch<$shape<$($size),*>, E, D>
            for Tensor<($(Const<$size>,)*), E, D, T>
        {
            type Size = Const<1>;
            type Tape = T;
            type Output<Out: Shape> = Tensor<Out::Single, E, D, T>;

            fn run<Out: Shape>(
                self,
                network: impl FnOnce(
                    Activation<$shape<$($size),*>, Const<1>, E, D, T>,
                ) -> Result<Activation<Out, Const<1>, E, D, T>>,
            ) -> Result<Tensor<Out::Single, E, D, T>> {
                let batch = self.try_reshape_like(&$shape::<$($size),*>::batched(Const::<1>))?;
                Ok(network(batch)?.try_reshape_like(&Out::Single::default())?)
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
