//! Tensors without the sizes in their types.

use dfdx::shapes::{Dtype, HasShape, Shape};
use dfdx::tensor::{Storage, Tensor};

/// A tensor whose sizes are known at run time only. It shares its values with the one that it was made of, and has its identity,
/// so that its gradient is found.
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
    /// Its sizes.
    pub fn sizes(&self) -> Vec<usize> {
        fn sizes<S: Shape>(shape: &S) -> Vec<usize> {
            shape.concrete().into_iter().collect()
        }
        each_rank!(self, tensor => sizes(tensor.shape()))
    }

    fn of_rank(rank: usize, received: &Self) -> ! {
        panic!("expected a tensor of rank {rank}, but received one of {:?}", received.sizes())
    }

    /// The tensor, which has one dimension.
    ///
    /// # Panics
    /// If it has more or none.
    pub fn rank1(self) -> Tensor<(usize,), E, D> {
        if let Self::Rank1(tensor) = self { tensor } else { Self::of_rank(1, &self) }
    }

    /// The tensor, which has two dimensions.
    ///
    /// # Panics
    /// If it has more or fewer.
    pub fn rank2(self) -> Tensor<(usize, usize), E, D> {
        if let Self::Rank2(tensor) = self { tensor } else { Self::of_rank(2, &self) }
    }

    /// The tensor, which has four dimensions.
    ///
    /// # Panics
    /// If it has more or fewer.
    pub fn rank4(self) -> Tensor<(usize, usize, usize, usize), E, D> {
        if let Self::Rank4(tensor) = self { tensor } else { Self::of_rank(4, &self) }
    }
}
