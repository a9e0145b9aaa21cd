//! Operations on dfdx tensors: those that dfdx 0.13 lacks on stable Rust, and those that are slow or wrong in dfdx.
//!
//! Layers of your own are composed of the methods of [`DynTensor`]. Each operation is a folder:
//!
//! - `mod.rs` documents what is computed. It holds the geometry, what runs on the [`Cpu`], and the method that layers call.
//! - `cpu.rs` is the fast kernel. It takes slices and a geometry, no tensors.
//! - `portable.rs` composes the same operation from dfdx's public operations alone. It runs on every dfdx device, and dfdx
//!   derives its gradient. The kernel is tested against it.
//!
//! An [`Operation`] is one of them with all its sizes, and an [`OperationKernel`] is a device that runs it: by the portable forms, if it
//! has nothing of its own. [`Backend`] adds what isn't an operation on tensors alone. `cuda.rs` implements both for GPUs; data goes from
//! the host to a GPU through [`Upload`].
//!
//! Besides the operations, `compiled` holds the steps of a [plan](crate::plan), which compute in memory that they share, and
//! kernels that training uses, too. `record` makes a `graph` of a network for a plan. Elementwise formulas are written in `arithmetic`. Kernels are built from `matrix`,
//! `transpose`, `elementary` and `vector`; `parallel` and `worker_pool` divide their work between threads.
//!
//! # Which kernel
//! Several kernels may compute the same result, up to rounding. By default, the fastest for the sizes and the processor is used.
//! The environment variable `SHAPEWRIGHT_KERNELS` names other kernels, separated by commas, which are then used wherever they
//! apply: to test them, to compare them, or to make one processor round like another.
//!
//! | word | |
//! |---|---|
//! | `portable`, `avx2`, `avx512`, `neon` | the instructions |
//! | `unfolded`, `direct`, `depthwise`, `winograd2`, `winograd4` | how convolutions are computed |
//! | `rows`, `products` | fully connected layers: a row at a time, or all of them as one product |
//! | `threads` | work is divided between threads, however small it is |
//!
//! The variable is read once, when the first operation runs. An unknown word, or an instruction set that the processor lacks,
//! causes a panic whose message says so. Builds without optimization use `unfolded`, which is the only fast kernel there.
//!
//! Operations don't depend on a tensor's rank. A tensor may be `(batch, channels, height, width)` or flattened; only the order of
//! its elements matters. The geometry defines how the elements are read, and the caller chooses the shape of the output.
//!
//! A geometry that contradicts the tensors is a bug of the caller, and causes a panic.

pub mod activation;
pub mod avg_pool2d;
pub mod batch_norm;
pub mod binary;
pub mod concat;
pub mod conv2d;
pub mod conv_transpose2d;
pub mod cross_entropy;
pub mod dropout;
pub mod embedding;
pub mod layer_norm;
pub mod linear;
pub mod local_response_norm;
pub mod matmul;
pub mod max_pool2d;
pub mod narrow;
pub mod optimizer;
pub mod parameter;
pub mod permute;
pub mod reduce;
pub mod scale;
pub mod softmax;
pub mod sum;
pub mod upsample;

mod arithmetic;
pub(crate) mod choice;
pub(crate) mod compiled;
pub(crate) mod cpu;
#[cfg(feature = "cuda")]
mod cuda;
mod detach;
mod dyn_tensor;
mod element;
mod elementary;
mod few;
pub(crate) mod graph;
mod matrix;
mod matrix_vector;
pub(crate) mod once;
pub(crate) mod operation;
mod parallel;
pub(crate) mod portable;
pub(crate) mod record;
mod run;
mod shared_tape;
pub(crate) mod sizes;
mod sums;
mod sync;
mod tape;
#[cfg(test)]
pub(crate) mod testing;
mod to_vec;
mod transpose;
mod upload;
pub(crate) mod vector;
pub(crate) mod vectorized;
mod wanted;
mod window;
mod worker;
mod worker_pool;

use dfdx::prelude::{Cache, Cpu, Device, Dtype, HasErr, HasShape, Storage, Synchronize, Tensor};

use crate::DeviceError;
use crate::parameters::AnyShape;
use cpu::Recorded;

pub use detach::Detach;
pub use dyn_tensor::DynTensor;
pub use element::Element;
pub use operation::Operation;
pub use run::OperationKernel;
pub use tape::{InputTape, OptionalTape, TapeDevice, TapeOf};
pub use to_vec::ToVec;
pub use upload::Upload;
pub use window::{Bin, Bins, Window};

/// A device that networks run on. It supports all operations of this module and dfdx's own, tensors of labels, dfdx's cache of
/// buffers, and synchronization.
///
/// `E: Dtype, D: Backend<E>` is the bound for code that is generic in the device. With it, `?` converts `D::Err` into
/// [`Error`](crate::Error).
pub trait Backend<E: Dtype>:
    OperationKernel<E>
    + HasErr<Err: DeviceError>
    + Storage<usize>
    + Cache
    + Synchronize
    + activation::ActivationKernel<E>
    + avg_pool2d::AvgPool2dKernel<E>
    + batch_norm::BatchNormKernel<E>
    + binary::BinaryKernel<E>
    + concat::ConcatKernel<E>
    + conv2d::Conv2dKernel<E>
    + conv_transpose2d::ConvTranspose2dKernel<E>
    + cross_entropy::CrossEntropyKernel<E>
    + dropout::DropoutKernel<E>
    + embedding::EmbeddingKernel<E>
    + layer_norm::LayerNormKernel<E>
    + linear::LinearKernel<E>
    + local_response_norm::LocalResponseNormKernel<E>
    + matmul::MatmulKernel<E>
    + max_pool2d::MaxPool2dKernel<E>
    + narrow::NarrowKernel<E>
    + optimizer::OptimizerKernel<E>
    + parameter::ParameterKernel<E>
    + permute::PermuteKernel<E>
    + reduce::ReduceKernel<E>
    + softmax::SoftmaxKernel<E>
    + sum::SumKernel<E>
    + upsample::UpsampleKernel<E>
{
    /// Runs a network on an input whose gradient isn't needed, so that the backward pass may leave that gradient out.
    fn without_gradient<R>(input: &Tensor<(usize, usize), E, Self>, network: impl FnOnce() -> R) -> R {
        let _ = input;
        network()
    }

    /// Says that a tensor doesn't depend on the network's input, so that [plans](crate::plan) keep what it is. A layer says it of a tensor
    /// that it makes and gives to an operation. Parameters, and what follows from them, are known.
    fn constant<S: AnyShape>(tensor: &Tensor<S, E, Self>) {
        let _ = tensor;
    }

    /// Called when a layer receives its input. While operations are recorded for a [plan](crate::plan), errors name this layer.
    #[doc(hidden)]
    fn enter(layer: std::fmt::Arguments<'_>, input: &Tensor<(usize, usize), E, Self, OptionalTape<E, Self>>) {
        let _ = (layer, input);
    }

    /// Transposes the matrix of each example, which has the given number of rows and columns.
    fn try_transpose<T: InputTape<E, Self>>(
        x: Tensor<(usize, usize), E, Self, T>,
        rows: usize,
        columns: usize,
    ) -> Result<Tensor<(usize, usize), E, Self, T>, Self::Err> {
        let shape = *x.shape();
        let geometry = permute::PermuteGeometry { sizes: vec![shape.0, rows, columns], axes: vec![0, 2, 1] };
        Self::try_permute(x, shape, &geometry)
    }
}

impl<E: Element> Backend<E> for Cpu
where
    Cpu: Device<E>,
{
    fn without_gradient<R>(input: &Tensor<(usize, usize), E, Self>, network: impl FnOnce() -> R) -> R {
        wanted::without_gradient(cpu::read(input), network)
    }

    fn constant<S: AnyShape>(tensor: &Tensor<S, E, Self>) {
        record::constant(S::erase(tensor.clone()));
    }

    fn enter(layer: std::fmt::Arguments<'_>, input: &Recorded<E>) {
        record::enter(layer, input);
    }
}

#[cfg(test)]
mod tests {
    use dfdx::prelude::{HasShape, TensorFrom, Trace};

    use super::activation::Relu;
    use super::softmax::{Scale, SoftmaxGeometry};
    use super::*;

    /// An example of code that is generic in the device: one bound, and `?`.
    fn generic<S: AnyShape, E: Dtype, D: Backend<E>, T: InputTape<E, D>>(
        x: Tensor<S, E, D, T>,
    ) -> crate::Result<Tensor<S, E, D, T>> {
        let x = D::try_activation(x, Relu)?;
        let geometry = SoftmaxGeometry { outer: 1, classes: x.shape().num_elements(), inner: 1 };
        Ok(D::try_softmax(x.try_square()?, Scale::Linear, &geometry)?)
    }

    #[test]
    fn a_backend_is_all_that_generic_code_asks_for() {
        let device = Cpu::default();
        assert_eq!(generic(device.tensor([-1.0_f32, -2.0]).leaky_trace()).unwrap().as_vec(), [0.5; 2]);
        assert_eq!(generic(device.tensor([0.0_f64, -2.0])).unwrap().as_vec(), [0.5; 2]);
    }
}
