//! Batch normalization over all axes but the channels.
//!
//! ```text
//! y[n, c, s] = weight[c] · (x[n, c, s] − mean[c]) / √(variance[c] + epsilon) + bias[c]
//! ```
//!
//! In training, the mean and the variance are those of the batch (the variance divides by the number of values), and the gradient
//! flows through them. In evaluation they are given, and have no gradient. Training also returns the batch's statistics for
//! running averages, off the tape. As in PyTorch, the returned variance is unbiased: it divides by the number of values minus 1.
//! So it is `NaN` if each channel has one value, and mean and variance are `NaN` if there are no values.
//!
//! # Shapes
//!
//! The input has the elements `(batch, channels, spatial)` in this order, and the output has the input's shape. Weight, bias,
//! mean and variance have the shape `(channels)`.

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{
    Cpu, CpuError, Device, Dtype, HasShape, PutTape, Shape, SplitTape, Storage, Tape, Tensor, ZerosTensor,
};

use super::cpu::{Recorded, Slot, backward, flat, optional, parameter, read, shaped, slot, untaped, write};
use super::once::once;
use super::record;
use super::scale::Scaled;
use super::{Element, InputTape, TapeDevice, Upload};
use crate::parameters::AnyShape;
use cpu::Normalizer;

/// The sizes of a batch normalization, and its epsilon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNormGeometry {
    /// The number of examples.
    pub batch: usize,
    /// The number of channels.
    pub channels: usize,
    /// The number of positions of a channel.
    pub spatial: usize,
    /// The value that is added to a variance before the square root.
    pub epsilon: f64,
}

impl BatchNormGeometry {
    /// The number of values of each channel.
    pub(super) fn count(&self) -> usize {
        self.batch * self.spatial
    }
}

/// The mean and the unbiased variance of each channel of a batch.
#[derive(Clone, Debug)]
pub struct BatchStatistics<C: Shape, E: Dtype, D: Storage<E>> {
    /// The mean of each channel.
    pub mean: Tensor<C, E, D>,
    /// The unbiased variance of each channel.
    pub variance: Tensor<C, E, D>,
}

/// A normalized batch, and the statistics that it was normalized with.
pub type Normalized<X, C, E, D, T> = (Tensor<X, E, D, T>, BatchStatistics<C, E, D>);

/// A device that computes batch normalization.
pub trait BatchNormKernel<E: Dtype>: Device<E> + TapeDevice<E> + Upload {
    /// Normalizes with the batch's own statistics, and returns them in the shape `channels`: see [the module](self).
    fn try_batch_norm_train<X: AnyShape, C: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        weight: Option<&Tensor<C, E, Self>>,
        bias: Option<&Tensor<C, E, Self>>,
        channels: C,
        geometry: &BatchNormGeometry,
    ) -> Result<Normalized<X, C, E, Self, T>, Self::Err> {
        portable::batch_norm_train(x, weight, bias, channels, geometry)
    }

    /// Normalizes with the given statistics: see [the module](self).
    fn try_batch_norm_eval<X: AnyShape, C: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        weight: Option<&Tensor<C, E, Self>>,
        bias: Option<&Tensor<C, E, Self>>,
        mean: &Tensor<C, E, Self>,
        variance: &Tensor<C, E, Self>,
        geometry: &BatchNormGeometry,
    ) -> Result<Tensor<X, E, Self, T>, Self::Err> {
        portable::batch_norm_eval(x, weight, bias, mean, variance, geometry)
    }
}

impl<E: Element> BatchNormKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_batch_norm_train<X: AnyShape, C: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        weight: Option<&Tensor<C, E, Self>>,
        bias: Option<&Tensor<C, E, Self>>,
        channels: C,
        geometry: &BatchNormGeometry,
    ) -> Result<Normalized<X, C, E, Self, T>, CpuError> {
        let shape = *x.shape();
        let affine = [weight, bias].map(|factor| factor.map(parameter).transpose());
        let (y, mean, variance) = normalize_by_itself(flat(x)?, affine, geometry)?;
        let statistics = BatchStatistics { mean: untaped(mean, &channels)?, variance: untaped(variance, &channels)? };
        Ok((shaped(y, &shape)?, statistics))
    }

    fn try_batch_norm_eval<X: AnyShape, C: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        weight: Option<&Tensor<C, E, Self>>,
        bias: Option<&Tensor<C, E, Self>>,
        mean: &Tensor<C, E, Self>,
        variance: &Tensor<C, E, Self>,
        geometry: &BatchNormGeometry,
    ) -> Result<Tensor<X, E, Self, T>, CpuError> {
        let shape = *x.shape();
        let affine = [weight, bias].map(|factor| factor.map(parameter).transpose());
        let statistics = [parameter(mean)?, parameter(variance)?];
        shaped(normalize_by(flat(x)?, affine, statistics, geometry)?, &shape)
    }
}

/// Weight and bias, if there are any.
type Affine<E> = [Result<Option<Recorded<E>>, CpuError>; 2];

/// Normalizes with the statistics of the batch itself, which are returned as well.
#[once]
fn normalize_by_itself<E: Element>(
    x: Recorded<E>,
    affine: Affine<E>,
    geometry: &BatchNormGeometry,
) -> Result<(Recorded<E>, Tensor<(usize, usize), E, Cpu>, Tensor<(usize, usize), E, Cpu>), CpuError>
where
    Cpu: Device<E>,
{
    record::refuse::<E>("normalizes by the statistics of its input, but a plan does so by fixed ones alone");
    let (batch_mean, batch_variance) = cpu::statistics(geometry, read(&x));
    let channels = (1, geometry.channels);
    let mut mean = x.device().try_zeros_like(&channels)?;
    write(&mut mean).copy_from_slice(&batch_mean);
    let mut variance = x.device().try_zeros_like(&channels)?;
    let unbiased = E::of(geometry.count() as f64) / E::of(geometry.count() as f64 - 1.0);
    write(&mut variance).iter_mut().zip(&batch_variance).for_each(|(to, &from)| *to = from * unbiased);
    let normalizer = cpu::normalizer(batch_mean, &batch_variance, true, geometry);
    Ok((normalize(x, affine, normalizer, geometry)?, mean, variance))
}

/// Normalizes with given statistics.
#[once]
fn normalize_by<E: Element>(
    x: Recorded<E>,
    affine: Affine<E>,
    [mean, variance]: [Recorded<E>; 2],
    geometry: &BatchNormGeometry,
) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let normalizer = cpu::normalizer(read(&mean).to_vec(), read(&variance), false, geometry);
    record::expect_constant(read(&mean));
    record::expect_constant(read(&variance));
    normalize(x, affine, normalizer, geometry)
}

/// Normalizes, and adds the backward pass to the tape.
fn normalize<E: Element>(
    x: Recorded<E>,
    [weight, bias]: Affine<E>,
    normalizer: Normalizer<E>,
    geometry: &BatchNormGeometry,
) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let (x, tape) = x.split_tape();
    let (weight, tape) = optional(weight?, tape);
    let (bias, mut tape) = optional(bias?, tape);
    let (factors, summands) = (weight.as_ref().map(read), bias.as_ref().map(read));
    factors.into_iter().chain(summands).for_each(record::expect_constant);
    let mut inputs = vec![x.clone()];
    if record::is_recording() {
        let (factors, summands) = cpu::line(&normalizer, factors, summands);
        inputs.extend([record::made(&factors, x.device())?, record::made(&summands, x.device())?]);
    }
    let operation = || Scaled { channels: geometry.channels, spatial: geometry.spatial }.into();
    let y = record::output(&inputs, x.shape().1, operation, |y| {
        cpu::forward(&normalizer, geometry, read(&x), factors, summands, y);
    })?;

    if tape.is_recording() {
        let geometry = *geometry;
        let (x_slot, bias_slot, y_slot) = (slot(&x), bias.as_ref().map(slot), slot(&y));
        tape.add_backward_op(move |gradients| {
            backward(gradients, &y_slot, |upstream, gradients| {
                let sums = cpu::sums(&normalizer, &geometry, read(&x), upstream);
                let factors = weight.as_ref().map(read);
                cpu::input_gradient(
                    &normalizer,
                    &geometry,
                    read(&x),
                    factors,
                    upstream,
                    &sums,
                    x_slot.gradient(gradients)?,
                );
                if let Some(weight) = &weight {
                    cpu::add(&sums.products, slot(weight).gradient(gradients)?);
                }
                if let Some(bias) = bias_slot {
                    cpu::add(&sums.upstream, bias.gradient(gradients)?);
                }
                Ok(())
            })
        });
    }
    Ok(y.put_tape(tape))
}
