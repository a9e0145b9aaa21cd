//! Loss functions: the difference between an output and its target, as a single value to be minimized.

mod cross_entropy;
mod huber;
mod l1;
mod mse;
mod smooth_l1;
mod target;
#[cfg(test)]
mod tests;
mod without_tape;

pub use cross_entropy::{ClassLabels, CrossEntropyLoss};
pub use huber::HuberLoss;
pub use l1::L1Loss;
pub use mse::MSELoss;
pub use smooth_l1::SmoothL1Loss;
#[doc(hidden)]
pub use target::Comparison;
pub use target::Target;
#[doc(hidden)]
pub use without_tape::{HasTape, WithoutTape};

use crate::error::{Error, Result};
use crate::ops::Backend;
use crate::ops::portable::zeros;
use dfdx::shapes::{Dtype, Rank0, Shape};
use dfdx::tensor::{Tape, Tensor};

/// How the losses of all elements become one value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Their mean.
    #[default]
    Mean,
    /// Their sum.
    Sum,
}

/// An error unless both counts are equal.
fn same_count(left: &'static str, left_count: usize, right: &'static str, right_count: usize) -> Result<()> {
    if left_count == right_count {
        return Ok(());
    }
    Err(Error::Count { left, left_count, right, right_count })
}

/// The loss of an empty batch: the mean is undefined, which is an error, but the sum is 0.
fn of_nothing<S: Shape, E: Dtype, D: Backend<E>, T: Tape<E, D>>(
    output: Tensor<S, E, D, T>,
    reduction: Reduction,
) -> Result<Tensor<Rank0, E, D, T>> {
    match reduction {
        Reduction::Mean => Err(Error::BatchTooSmall { what: "the mean loss", needed: 1, received: 0 }),
        Reduction::Sum => Ok(zeros(output, ())?),
    }
}

/// Converts an `f64` to the element type of a tensor.
pub(crate) fn number<E: Dtype>(number: f64) -> Result<E> {
    E::from_f64(number).ok_or_else(|| Error::Argument(format!("{number} is no number of this type")))
}
