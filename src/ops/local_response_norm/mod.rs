//! Local response normalization: divides each channel by a power of the neighbouring channels' squares at the same position.
//!
//! ```text
//! y[n, c, i] = x[n, c, i] · s[n, c, i]^−beta        s[n, c, i] = k + alpha / size · Σ_{u near c} x[n, u, i]²
//! ```
//!
//! The channels near c are the `size` channels from `c − ⌊size / 2⌋` on, as far as they exist. The sum is divided by `size` even
//! if some don't exist, as in PyTorch.
//!
//! # Shapes
//!
//! The input has the elements `(batch, channels, spatial)` in this order, and the output has the input's shape.

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use std::ops::Range;

use dfdx::prelude::{Dtype, HasShape, Tensor};
use serde::{Deserialize, Serialize};

use super::operation::{Geometry, Keeps, Kept, Operator, Portable, only};
use super::run::{Flat, OperationKernel};
use super::sizes::fit_only;
use super::{Element, InputTape};
use crate::parameters::AnyShape;

/// The sizes and constants of a local response normalization.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocalResponseNormGeometry {
    /// The number of examples.
    pub batch: usize,
    /// The number of channels of an example.
    pub channels: usize,
    /// The number of positions of a channel.
    pub spatial: usize,
    /// The number of neighbouring channels, which includes the channel itself.
    pub size: usize,
    /// The factor of the mean of squares.
    pub alpha: f64,
    /// The exponent of the divisor.
    pub beta: f64,
    /// The summand that is added to the scaled mean of squares.
    pub k: f64,
}

impl LocalResponseNormGeometry {
    /// The channels whose squares a channel is divided by.
    pub(super) fn near(&self, channel: usize) -> Range<usize> {
        let end = channel.saturating_add(self.size.div_ceil(2)).min(self.channels);
        channel.saturating_sub(self.size / 2)..end
    }

    /// The channels that are divided by the square of a channel.
    pub(super) fn reached(&self, channel: usize) -> Range<usize> {
        let end = channel.saturating_add(self.size / 2 + 1).min(self.channels);
        (channel + 1).saturating_sub(self.size.div_ceil(2))..end
    }
}

/// A device that computes local response normalization.
pub trait LocalResponseNormKernel<E: Dtype>: OperationKernel<E> {
    /// Normalizes each channel by its neighbours: see [the module](self).
    fn try_local_response_norm<S: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<S, E, Self, T>,
        geometry: &LocalResponseNormGeometry,
    ) -> Result<Tensor<S, E, Self, T>, Self::Err> {
        let (shape, outputs) = (*x.shape(), x.shape().num_elements());
        let y = Self::try_operation((*geometry).into(), vec![Self::try_flat(x)?], outputs)?;
        Self::try_shaped(y, &shape)
    }
}

impl<E: Dtype, D: OperationKernel<E>> LocalResponseNormKernel<E> for D {}

impl Geometry for LocalResponseNormGeometry {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        if self.size == 0 {
            return Err(format!("a neighbourhood has a channel at least: {self:?}"));
        }
        fit_only(inputs, &[self.batch, self.channels, self.spatial], self)
    }
}

impl Portable for LocalResponseNormGeometry {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        _: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        portable::local_response_norm(only(inputs), self)
    }
}

impl<E: Element> Operator<E> for LocalResponseNormGeometry {
    fn keeps(&self) -> Keeps {
        Keeps::Inputs
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        cpu::forward(self, inputs[0], output);
    }

    fn backward(&self, _: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        cpu::input_gradient(self, kept.inputs[0], upstream, gradient);
    }
}
