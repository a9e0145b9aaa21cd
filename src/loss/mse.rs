//! `MSELoss`.

use crate::error::{Error, Result};
use crate::ops::Backend;
use dfdx::shapes::{Dtype, HasShape, Rank0, Shape};
use dfdx::tensor::{Tape, Tensor};
use dfdx::tensor_ops::{MeanTo, TrySub};

/// The mean squared error: loss = 1/n Σ (output − target)², over all n numbers.
///
/// # Shapes
/// | | |
/// |---|---|
/// | output, target | any, the same |
/// | loss | () |
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let output = dev.tensor([[1.0, 2.0], [3.0, 4.0]]);
/// let target = dev.tensor([[1.0, 2.0], [3.0, 0.0]]);
/// let loss = MSELoss::default().try_forward(output.leaky_trace(), &target)?;
/// assert_eq!(loss.array(), 4.0);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.MSELoss`](https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html).
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct MSELoss {}

impl MSELoss {
    /// The loss of a batch.
    ///
    /// # Errors
    /// If output and target differ in a size, if they are empty (there is no mean of nothing), or if the device fails.
    pub fn try_forward<X, Y: Target<X>>(&self, output: X, target: Y) -> Result<Y::Loss> {
        target.mean_squared_error(output)
    }

    /// As [`try_forward`](MSELoss::try_forward).
    ///
    /// # Panics
    /// Where that returns an error.
    pub fn forward<X, Y: Target<X>>(&self, output: X, target: Y) -> Y::Loss {
        self.try_forward(output, target).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// A target that fits an output: a tensor of the same shape.
#[diagnostic::on_unimplemented(
    message = "this target does not fit the output: `MSELoss` takes two tensors of the same shape",
    label = "expected a tensor as `{Output}`, without tape and by reference, but receives `{Self}`"
)]
pub trait Target<Output> {
    /// The loss that comes of them.
    type Loss;
    #[doc(hidden)]
    fn mean_squared_error(self, output: Output) -> Result<Self::Loss>;
}

#[diagnostic::do_not_recommend]
impl<S: Shape, E: Dtype, D: Backend<E>, T: Tape<E, D>> Target<Tensor<S, E, D, T>> for &Tensor<S, E, D> {
    type Loss = Tensor<Rank0, E, D, T>;

    fn mean_squared_error(self, output: Tensor<S, E, D, T>) -> Result<Self::Loss> {
        let (output_sizes, target_sizes) = (output.shape().concrete(), self.shape().concrete());
        if output_sizes != target_sizes {
            return Err(Error::Argument(format!(
                "the output has the sizes {output_sizes:?}, but the target {target_sizes:?}: the loss compares number by number"
            )));
        }
        super::not_empty("the mean loss", output.shape().num_elements())?;
        Ok(output.try_sub(self.clone())?.try_square()?.try_mean()?)
    }
}
