//! The elements of each channel times a factor, plus a summand. A plan computes batch normalization by fixed statistics so.
//!
//! ```text
//! y[n, c, s] = x[n, c, s] · factors[c] + summands[c]
//! ```
//!
//! # Shapes
//!
//! The input is `(batch, channels, spatial)`, the output has its shape. Factors and summands are `(channels)`.

#[cfg(test)]
mod tests;

use dfdx::prelude::{Dtype, ReshapeTo, TryAdd, TryMul};
use serde::{Deserialize, Serialize};

use super::Element;
use super::operation::{Geometry, Keeps, Kept, Operator, Portable, with_weight};
use super::portable::per_channel;
use super::run::{Flat, OperationKernel};
use super::sizes::fit;
use super::sums::{dot, sum};

/// The sizes of scaled channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scaled {
    /// The number of channels.
    pub channels: usize,
    /// The number of positions of a channel.
    pub spatial: usize,
}

impl Geometry for Scaled {
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String> {
        let Scaled { channels, spatial } = *self;
        fit("factors", inputs, 1, &[channels], self)?;
        fit("summands", inputs, 2, &[channels], self)?;
        let batch = inputs[0] / channels.saturating_mul(spatial).max(1);
        fit("input", inputs, 0, &[batch, channels, spatial], self)
    }

    fn values(&self) -> usize {
        1
    }
}

impl Portable for Scaled {
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err> {
        let Scaled { channels, spatial } = *self;
        let (x, factors, summands) = with_weight(inputs);
        let sizes = (outputs / (channels * spatial).max(1), channels, spatial);
        let factors = per_channel(factors.try_reshape_like(&(channels,))?, &sizes)?;
        let x = x.try_reshape_like(&sizes)?.try_mul(factors)?;
        let y = match summands {
            Some(summands) => x.try_add(per_channel(summands.try_reshape_like(&(channels,))?, &sizes)?)?,
            None => x,
        };
        y.try_reshape_like(&(1, outputs))
    }
}

impl<E: Element> Operator<E> for Scaled {
    fn keeps(&self) -> Keeps {
        Keeps::Inputs
    }

    fn forward(&self, inputs: &[&[E]], output: &mut [E]) {
        let spatial = self.spatial.max(1);
        for (number, (x, y)) in inputs[0].chunks_exact(spatial).zip(output.chunks_exact_mut(spatial)).enumerate() {
            let (factor, summand) = (inputs[1][number % self.channels], inputs[2][number % self.channels]);
            y.iter_mut().zip(x).for_each(|(y, &x)| *y = x * factor + summand);
        }
    }

    fn backward(&self, input: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]) {
        for (number, plane) in upstream.chunks_exact(self.spatial.max(1)).enumerate() {
            let (channel, start) = (number % self.channels, number * self.spatial);
            match input {
                0 => {
                    let gradient = &mut gradient[start..][..self.spatial];
                    gradient
                        .iter_mut()
                        .zip(plane)
                        .for_each(|(to, &upstream)| *to += upstream * kept.inputs[1][channel]);
                }
                1 => gradient[channel] += dot(plane, &kept.inputs[0][start..][..self.spatial]),
                _ => gradient[channel] += sum(plane),
            }
        }
    }
}
