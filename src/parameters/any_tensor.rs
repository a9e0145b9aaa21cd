//! Tensors whose sizes aren't in their types.

use dfdx::shapes::{Dtype, HasShape, Shape};
use dfdx::tensor::{Storage, Tensor};
use dfdx::tensor_ops::{Device, ReshapeTo};

/// A tensor whose sizes are known only at run time. It shares its storage with the tensor that it was made from, and
/// has the same identity, so that its gradient is found.
#[derive(Clone, Debug)]
pub enum AnyTensor<E: Dtype, D: Storage<E>> {
    /// A single value.
    Rank0(Tensor<(), E, D>),
    /// One dimension.
    Rank1(Tensor<(usize,), E, D>),
    /// Two dimensions.
    Rank2(Tensor<(usize, usize), E, D>),
    /// Three dimensions.
    Rank3(Tensor<(usize, usize, usize), E, D>),
    /// Four dimensions.
    Rank4(Tensor<(usize, usize, usize, usize), E, D>),
    /// Five dimensions.
    Rank5(Tensor<(usize, usize, usize, usize, usize), E, D>),
    /// Six dimensions.
    Rank6(Tensor<(usize, usize, usize, usize, usize, usize), E, D>),
}

/// Runs the same code for a tensor of any rank.
macro_rules! each_rank {
    ($any:expr, $tensor:ident => $code:expr) => {
        match $any {
            $crate::parameters::AnyTensor::Rank0($tensor) => $code,
            $crate::parameters::AnyTensor::Rank1($tensor) => $code,
            $crate::parameters::AnyTensor::Rank2($tensor) => $code,
            $crate::parameters::AnyTensor::Rank3($tensor) => $code,
            $crate::parameters::AnyTensor::Rank4($tensor) => $code,
            $crate::parameters::AnyTensor::Rank5($tensor) => $code,
            $crate::parameters::AnyTensor::Rank6($tensor) => $code,
        }
    };
}

pub(crate) use each_rank;

impl<E: Dtype, D: Storage<E>> AnyTensor<E, D> {
    /// Zeros of these sizes, of which there are at most six; else none.
    ///
    /// # Errors
    /// If the device fails.
    pub fn try_zeros(device: &D, sizes: &[usize]) -> Result<Option<Self>, D::Err>
    where
        D: Device<E>,
    {
        Ok(Some(match *sizes {
            [] => Self::Rank0(device.try_zeros_like(&())?),
            [a] => Self::Rank1(device.try_zeros_like(&(a,))?),
            [a, b] => Self::Rank2(device.try_zeros_like(&(a, b))?),
            [a, b, c] => Self::Rank3(device.try_zeros_like(&(a, b, c))?),
            [a, b, c, d] => Self::Rank4(device.try_zeros_like(&(a, b, c, d))?),
            [a, b, c, d, e] => Self::Rank5(device.try_zeros_like(&(a, b, c, d, e))?),
            [a, b, c, d, e, f] => Self::Rank6(device.try_zeros_like(&(a, b, c, d, e, f))?),
            _ => return Ok(None),
        }))
    }

    /// The same elements in other sizes, of which there are at most six. A contiguous tensor, and one whose sizes
    /// stay, keeps its storage and its identity.
    ///
    /// # Panics
    /// If there are more or fewer elements, or more than six sizes.
    #[must_use]
    pub fn reshaped(self, sizes: &[usize]) -> Self
    where
        D: Device<E>,
    {
        if self.sizes() == sizes {
            return self;
        }
        each_rank!(self, tensor => match *sizes {
            [] => Self::Rank0(tensor.reshape_like(&())),
            [a] => Self::Rank1(tensor.reshape_like(&(a,))),
            [a, b] => Self::Rank2(tensor.reshape_like(&(a, b))),
            [a, b, c] => Self::Rank3(tensor.reshape_like(&(a, b, c))),
            [a, b, c, d] => Self::Rank4(tensor.reshape_like(&(a, b, c, d))),
            [a, b, c, d, e] => Self::Rank5(tensor.reshape_like(&(a, b, c, d, e))),
            [a, b, c, d, e, f] => Self::Rank6(tensor.reshape_like(&(a, b, c, d, e, f))),
            _ => panic!("a tensor has at most six sizes, not {sizes:?}"),
        })
    }

    /// Its sizes.
    pub fn sizes(&self) -> Vec<usize> {
        fn sizes<S: Shape>(shape: &S) -> Vec<usize> {
            shape.concrete().into_iter().collect()
        }
        each_rank!(self, tensor => sizes(tensor.shape()))
    }
}

macro_rules! ranks {
    ($($get:ident $rank:ident $number:literal ($($size:ty),*);)*) => {
        impl<E: Dtype, D: Storage<E>> AnyTensor<E, D> {
            $(
                #[doc = concat!("The tensor, which is of rank ", $number, ".")]
                ///
                /// # Panics
                /// If it has another rank.
                pub fn $get(self) -> Tensor<($($size,)*), E, D> {
                    match self {
                        Self::$rank(tensor) => tensor,
                        other => of_rank($number, &other.sizes()),
                    }
                }
            )*
        }
    };
}

fn of_rank(rank: usize, sizes: &[usize]) -> ! {
    panic!("expected a tensor of rank {rank}, but received one of {sizes:?}")
}

ranks! {
    rank0 Rank0 0 ();
    rank1 Rank1 1 (usize);
    rank2 Rank2 2 (usize, usize);
    rank3 Rank3 3 (usize, usize, usize);
    rank4 Rank4 4 (usize, usize, usize, usize);
    rank5 Rank5 5 (usize, usize, usize, usize, usize);
    rank6 Rank6 6 (usize, usize, usize, usize, usize, usize);
}
