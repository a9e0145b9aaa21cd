//! Detached tensors, which have an identity of their own.

use dfdx::prelude::{Device, Dtype, NoneTape, Shape, Tensor};

use super::portable::distinct;
use crate::DeviceError;
use crate::error::Result;

/// Detaches a tensor from the computation of gradients.
///
/// dfdx identifies tensors by an identity, which [`Clone`] copies. So `a` and `a.clone()` are one tensor that is used twice, even
/// after an element of one of them is changed: the gradient of each is the sum over the uses of both. In PyTorch, `clone` is an
/// operation, and its output has a gradient of its own. The tensor that `detach` returns has the same values, no tape, and an
/// identity of its own.
///
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// let a = Cpu::default().tensor([1.0, 2.0]);
/// let (clone, detached) = (a.clone(), a.detach());
///
/// let loss = (a.leaky_trace() + clone.leaky_trace() * 10.0).sum::<Rank0, _>();
/// assert_eq!(loss.backward().get(&a).array(), [11.0, 11.0]);
///
/// let loss = (a.leaky_trace() + detached.leaky_trace() * 10.0).sum::<Rank0, _>();
/// let gradients = loss.backward();
/// assert_eq!(gradients.get(&a).array(), [1.0, 1.0]);
/// assert_eq!(gradients.get(&detached).array(), [10.0, 10.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.Tensor.detach`](https://pytorch.org/docs/stable/generated/torch.Tensor.detach.html).
pub trait Detach {
    /// The tensor without a tape.
    type Detached;

    /// A tensor with the same values, without a tape, and with an identity of its own.
    ///
    /// # Errors
    /// If the device fails.
    fn try_detach(&self) -> Result<Self::Detached>;

    /// As [`try_detach`](Detach::try_detach).
    ///
    /// # Panics
    /// If `try_detach` returns an error.
    fn detach(&self) -> Self::Detached {
        self.try_detach().unwrap_or_else(|error| panic!("{error}"))
    }
}

impl<S: Shape, E: Dtype, D: Device<E>, T> Detach for Tensor<S, E, D, T>
where
    D::Err: DeviceError,
{
    type Detached = Tensor<S, E, D>;

    fn try_detach(&self) -> Result<Self::Detached> {
        Ok(distinct(self.retaped::<NoneTape>())?)
    }
}
