//! `SmoothL1Loss`.

use super::{Comparison, Reduction, Target};
use crate::error::{Error, Result};

/// Quadratic for small errors and linear for large ones: the mean over all elements of d²/(2·beta) where |d| < beta,
/// and |d| − beta/2 elsewhere, d = output − target.
///
/// The slope of an element's loss is d/beta for small errors and ±1 for large ones, so outliers count less than in the
/// mean squared error. With a beta of 0, the loss is |d| everywhere (L1 loss).
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
/// let loss = SmoothL1Loss::default().try_forward(dev.tensor([0.5, 3.0]).leaky_trace(), &dev.tensor([0.0, 0.0]))?;
/// assert_eq!(loss.array(), (0.125 + 2.5) / 2.0);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.SmoothL1Loss`](https://pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html); Girshick,
/// [*Fast R-CNN*](https://arxiv.org/abs/1504.08083), 2015.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SmoothL1Loss {
    beta: f64,
    reduction: Reduction,
}

impl Default for SmoothL1Loss {
    fn default() -> Self {
        Self { beta: 1.0, reduction: Reduction::Mean }
    }
}

impl SmoothL1Loss {
    /// The error at which the loss becomes linear, 1 by default.
    pub fn beta(self, beta: f64) -> Self {
        Self { beta, ..self }
    }

    /// Whether the loss is the mean or the sum over all elements.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The loss of a batch.
    ///
    /// # Errors
    /// If beta is negative or not finite, if output and target differ in a size, if they are empty and the mean is taken,
    /// or if the device fails.
    pub fn try_forward<X, Y: Target<X>>(&self, output: X, target: Y) -> Result<Y::Loss> {
        if !(self.beta.is_finite() && self.beta >= 0.0) {
            return Err(Error::Argument(format!(
                "the beta of `SmoothL1Loss` is a number of 0 or more, but received {}",
                self.beta
            )));
        }
        let how = match self.beta {
            0.0 => Comparison::Absolute,
            beta => Comparison::Huber(beta, beta),
        };
        target.compare(output, how, self.reduction)
    }

    /// As [`try_forward`](SmoothL1Loss::try_forward).
    ///
    /// # Panics
    /// If [`try_forward`](SmoothL1Loss::try_forward) returns an error.
    pub fn forward<X, Y: Target<X>>(&self, output: X, target: Y) -> Y::Loss {
        self.try_forward(output, target).unwrap_or_else(|error| panic!("{error}"))
    }
}
