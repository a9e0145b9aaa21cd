//! Parameters without the sizes in their types.

use dfdx::shapes::{Dim, Dtype};
use dfdx::tensor::Tensor;
use dfdx::tensor_ops::{Device, RealizeTo};

/// A tensor whose sizes are known at run time only.
///
/// An operation takes a geometry and needs no types for them: without, there is one instance of it for all layers, not
/// one for each shape of weight.
pub(super) trait Erase {
    /// Its type.
    type Erased;

    /// The same tensor: its numbers are shared, and its identity stays, so its gradient is found.
    fn erased(&self) -> Self::Erased;
}

impl<T: Erase> Erase for Option<T> {
    type Erased = Option<T::Erased>;

    fn erased(&self) -> Self::Erased {
        self.as_ref().map(T::erased)
    }
}

macro_rules! erase {
    ($(($($dim:ident: $size:ty),+);)+) => {$(
        impl<$($dim: Dim,)+ E: Dtype, D: Device<E>> Erase for Tensor<($($dim,)+), E, D> {
            type Erased = Tensor<($($size,)+), E, D>;

            fn erased(&self) -> Self::Erased {
                self.clone().try_realize().unwrap_or_else(|_| unreachable!("any number is a `usize`"))
            }
        }
    )+};
}

erase! {
    (A: usize);
    (A: usize, B: usize);
    (A: usize, B: usize, C: usize, F: usize);
}
