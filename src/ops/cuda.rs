//! The operations on NVIDIA GPUs: all of them use the portable forms.
//!
//! Outside dfdx, only the buffers of gradients are accessible on a GPU, not those of tensors. A custom kernel would have to copy
//! its data through those buffers: 11 launches, where dfdx needs 2 for the same operation.

use dfdx::prelude::{
    Cuda, CudaError, Device, Dtype, Gradients, HasShape, ReshapeTo, Shape, Storage, Tensor, TryAdd, ZerosTensor,
};

use super::*;

impl<E: Dtype> TapeDevice<E> for Cuda where Cuda: Device<E> {}

macro_rules! portable {
    ($($kernel:path)*) => {$(
        impl<E: Dtype> $kernel for Cuda where Cuda: Device<E> {}
    )*};
}

portable! {
    Backend<E>
    batch_norm::BatchNormKernel<E>
    cross_entropy::CrossEntropyKernel<E>
    dropout::DropoutKernel<E>
    embedding::EmbeddingKernel<E>
    optimizer::OptimizerKernel<E>
    parameter::ParameterKernel<E>
    sum::SumKernel<E>
}

impl<E: Dtype> OperationKernel<E> for Cuda
where
    Cuda: Device<E>,
{
    /// dfdx's reshape computes a wrong gradient for broadcast tensors on a GPU: it sums only as many elements as are stored.
    /// Therefore zeros are added to a broadcast tensor first; the sum isn't broadcast.
    fn try_reshape<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: &Y,
    ) -> Result<Tensor<Y, E, Self, T>, CudaError> {
        if !T::OWNS_TAPE || stored(&x)? >= x.shape().num_elements() {
            return x.try_reshape_like(output);
        }
        let zeros: Tensor<X, E, Self> = x.device().try_zeros_like(x.shape())?;
        x.try_add(zeros)?.try_reshape_like(output)
    }
}

/// The number of stored elements. A tensor doesn't expose it, but its gradient has the same number of elements.
fn stored<S: Shape, E: Dtype, T>(tensor: &Tensor<S, E, Cuda, T>) -> Result<usize, CudaError> {
    let mut gradients = Gradients::leaky();
    let gradient = gradients.get_or_alloc_mut(&tensor.ghost())?;
    Ok(tensor.device().len(gradient))
}
