//! The common part of losses that compare output and target element by element.

use super::Reduction;
use crate::error::{Error, Result};
use crate::ops::activation::Abs;
use crate::ops::{Backend, InputTape};
use crate::parameters::AnyShape;
use dfdx::shapes::{Dtype, HasShape, Rank0};
use dfdx::tensor::Tensor;
use dfdx::tensor_ops::{TryDiv, TrySub};

/// How an element is compared with its target; d is their difference.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Comparison {
    /// d²
    Square,
    /// |d|
    Absolute,
    /// d²/2 where |d| < delta, delta·(|d| − delta/2) elsewhere; the result is divided by the second field.
    Huber(f64, f64),
}

/// A target that fits an output: a tensor of the same shape.
#[diagnostic::on_unimplemented(
    message = "this target does not fit the output: the loss takes two tensors of the same shape",
    label = "expected a tensor as `{Output}`, without tape and by reference, but receives `{Self}`"
)]
pub trait Target<Output> {
    /// The type of the loss.
    type Loss;
    #[doc(hidden)]
    fn compare(self, output: Output, how: Comparison, reduction: Reduction) -> Result<Self::Loss>;
}

#[diagnostic::do_not_recommend]
impl<S: AnyShape, E: Dtype, D: Backend<E>, T: InputTape<E, D>> Target<Tensor<S, E, D, T>> for &Tensor<S, E, D> {
    type Loss = Tensor<Rank0, E, D, T>;

    fn compare(self, output: Tensor<S, E, D, T>, how: Comparison, reduction: Reduction) -> Result<Self::Loss> {
        let (output_sizes, target_sizes) = (output.shape().concrete(), self.shape().concrete());
        if output_sizes != target_sizes {
            return Err(Error::Argument(format!(
                "the output has the sizes {output_sizes:?}, but the target {target_sizes:?}: the loss compares element by element"
            )));
        }
        if output.shape().num_elements() == 0 {
            return super::of_nothing(output, reduction);
        }
        let losses = match how {
            Comparison::Square => output.try_sub(self.clone())?.try_square()?,
            Comparison::Absolute => D::try_activation(output.try_sub(self.clone())?, Abs)?,
            Comparison::Huber(delta, divisor) => {
                let losses = output.try_huber_error(self.clone(), delta)?;
                if divisor == 1.0 { losses } else { losses.try_div(super::number::<E>(divisor)?)? }
            }
        };
        let count = losses.shape().num_elements();
        let sum = D::try_sum_all(losses)?;
        Ok(match reduction {
            Reduction::Mean => sum.try_div(super::number::<E>(count as f64)?)?,
            Reduction::Sum => sum,
        })
    }
}
