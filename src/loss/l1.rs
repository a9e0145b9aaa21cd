//! `L1Loss`.

use super::{Comparison, Reduction, Target};
use crate::error::Result;

/// The mean absolute error: loss = 1/n Σ |output − target|, over all n elements. Where both are equal, the gradient is 0.
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
/// let loss = L1Loss::default().try_forward(output.leaky_trace(), &target)?;
/// assert_eq!(loss.array(), 1.0);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.L1Loss`](https://pytorch.org/docs/stable/generated/torch.nn.L1Loss.html).
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct L1Loss {
    reduction: Reduction,
}

impl L1Loss {
    /// Whether the loss is the mean or the sum over all elements.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction }
    }

    /// The loss of a batch.
    ///
    /// # Errors
    /// If output and target differ in a size, if they are empty and the mean is taken, or if the device fails.
    pub fn try_forward<X, Y: Target<X>>(&self, output: X, target: Y) -> Result<Y::Loss> {
        target.compare(output, Comparison::Absolute, self.reduction)
    }

    /// As [`try_forward`](L1Loss::try_forward).
    ///
    /// # Panics
    /// If [`try_forward`](L1Loss::try_forward) returns an error.
    pub fn forward<X, Y: Target<X>>(&self, output: X, target: Y) -> Y::Loss {
        self.try_forward(output, target).unwrap_or_else(|error| panic!("{error}"))
    }
}
