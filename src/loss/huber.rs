//! `HuberLoss`.

use super::{Comparison, Reduction, Target};
use crate::error::{Error, Result};

/// Quadratic for small errors and linear for large ones: the mean over all elements of d²/2 where |d| < delta, and
/// delta·(|d| − delta/2) elsewhere, d = output − target.
///
/// It is delta times [`SmoothL1Loss`](super::SmoothL1Loss) with a beta of delta.
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
/// let loss = HuberLoss::default().try_forward(dev.tensor([0.5, 3.0]).leaky_trace(), &dev.tensor([0.0, 0.0]))?;
/// assert_eq!(loss.array(), (0.125 + 2.5) / 2.0);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.HuberLoss`](https://pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HuberLoss {
    delta: f64,
    reduction: Reduction,
}

impl Default for HuberLoss {
    fn default() -> Self {
        Self { delta: 1.0, reduction: Reduction::Mean }
    }
}

impl HuberLoss {
    /// The error at which the loss becomes linear, 1 by default. It is also the largest slope of an element's loss.
    pub fn delta(self, delta: f64) -> Self {
        Self { delta, ..self }
    }

    /// Whether the loss is the mean or the sum over all elements.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The loss of a batch.
    ///
    /// # Errors
    /// If delta is not positive and finite, if output and target differ in a size, if they are empty and the mean is taken,
    /// or if the device fails.
    pub fn try_forward<X, Y: Target<X>>(&self, output: X, target: Y) -> Result<Y::Loss> {
        if !(self.delta.is_finite() && self.delta > 0.0) {
            return Err(Error::Argument(format!(
                "the delta of `HuberLoss` is a positive number, but received {}",
                self.delta
            )));
        }
        target.compare(output, Comparison::Huber(self.delta, 1.0), self.reduction)
    }

    /// As [`try_forward`](HuberLoss::try_forward).
    ///
    /// # Panics
    /// If [`try_forward`](HuberLoss::try_forward) returns an error.
    pub fn forward<X, Y: Target<X>>(&self, output: X, target: Y) -> Y::Loss {
        self.try_forward(output, target).unwrap_or_else(|error| panic!("{error}"))
    }
}
