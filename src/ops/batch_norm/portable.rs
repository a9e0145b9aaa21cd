//! Batch normalization composed from dfdx's operations.

use dfdx::prelude::*;

use super::{BatchNormGeometry, BatchStatistics, Normalized};
use crate::ops::Upload;
use crate::ops::portable::{is_empty, per_channel, scalar, sum_middle, touch, touched};

type Batch<E, D, T> = Tensor<(usize, usize, usize), E, D, T>;

/// As [`BatchNormKernel::try_batch_norm_train`](super::BatchNormKernel::try_batch_norm_train), on any device.
pub fn batch_norm_train<X: Shape, C: Shape, E: Dtype, D: Device<E> + Upload, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    weight: Option<&Tensor<C, E, D>>,
    bias: Option<&Tensor<C, E, D>>,
    channels: C,
    geometry: &BatchNormGeometry,
) -> Result<Normalized<X, C, E, D, T>, D::Err> {
    let (shape, device) = (*x.shape(), x.device().clone());
    if is_empty(&x) {
        let nothing = device.try_upload(&vec![scalar(f64::NAN); channels.num_elements()], channels)?;
        let statistics = BatchStatistics { mean: nothing.clone(), variance: nothing };
        return Ok((untouched(x, weight, bias), statistics));
    }
    let BatchNormGeometry { batch, channels: count, spatial, .. } = *geometry;
    let sizes = (batch, count, spatial);
    let x = x.try_reshape_like(&sizes)?;
    // The second mean is the rounding error of the first, so that the mean of equal values is exactly this value.
    let near = mean(x.retaped::<NoneTape>())?;
    let x = x.try_sub(per_channel(near.clone(), &sizes)?)?;
    let offset = mean(x.retaped::<T>())?;
    let batch_mean = near.try_add(offset.retaped::<NoneTape>())?;
    let x = x.try_sub(per_channel(offset, &sizes)?)?;
    let variance = mean(x.retaped::<T>().try_square()?)?;
    let values = geometry.count() as f64;
    let unbiased = variance.retaped::<NoneTape>().try_mul(scalar::<E>(values / (values - 1.0)))?;
    let statistics = BatchStatistics {
        mean: batch_mean.try_reshape_like(&channels)?,
        variance: unbiased.try_reshape_like(&channels)?,
    };
    Ok((scale(x, variance, weight, bias, geometry)?.try_reshape_like(&shape)?, statistics))
}

/// As [`BatchNormKernel::try_batch_norm_eval`](super::BatchNormKernel::try_batch_norm_eval), on any device.
pub fn batch_norm_eval<X: Shape, C: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    weight: Option<&Tensor<C, E, D>>,
    bias: Option<&Tensor<C, E, D>>,
    mean: &Tensor<C, E, D>,
    variance: &Tensor<C, E, D>,
    geometry: &BatchNormGeometry,
) -> Result<Tensor<X, E, D, T>, D::Err> {
    if is_empty(&x) {
        return Ok(untouched(x, weight, bias));
    }
    let shape = *x.shape();
    let sizes = (geometry.batch, geometry.channels, geometry.spatial);
    let mean = mean.clone().try_reshape_like(&(geometry.channels,))?;
    let variance = variance.clone().try_reshape_like(&(geometry.channels,))?;
    let x = x.try_reshape_like(&sizes)?.try_sub(per_channel(mean, &sizes)?)?;
    scale(x, variance, weight, bias, geometry)?.try_reshape_like(&shape)
}

/// The mean of each channel.
fn mean<E: Dtype, D: Device<E>, T: Tape<E, D>>(x: Batch<E, D, T>) -> Result<Tensor<(usize,), E, D, T>, D::Err> {
    let (batch, channels, spatial) = *x.shape();
    let planes = sum_middle(x.try_reshape_like(&(batch * channels, spatial, 1))?)?;
    let sums = sum_middle(planes.try_reshape_like(&(1, batch, channels))?)?;
    sums.try_reshape_like(&(channels,))?.try_div(scalar::<E>((batch * spatial) as f64))
}

/// Divides centered values by the standard deviation, multiplies by the weight and adds the bias.
fn scale<C: Shape, E: Dtype, D: Device<E>, T: Tape<E, D> + Merge<R>, R: Tape<E, D>>(
    x: Batch<E, D, T>,
    variance: Tensor<(usize,), E, D, R>,
    weight: Option<&Tensor<C, E, D>>,
    bias: Option<&Tensor<C, E, D>>,
    geometry: &BatchNormGeometry,
) -> Result<Batch<E, D, T>, D::Err> {
    let (sizes, channels) = (*x.shape(), (geometry.channels,));
    let deviation = variance.try_add(scalar::<E>(geometry.epsilon))?.try_sqrt()?;
    let mut y = x.try_div(per_channel(deviation, &sizes)?)?;
    if let Some(weight) = weight {
        y = y.try_mul(per_channel(weight.retaped::<T>().try_reshape_like(&channels)?, &sizes)?)?;
    }
    if let Some(bias) = bias {
        y = y.try_add(per_channel(bias.retaped::<T>().try_reshape_like(&channels)?, &sizes)?)?;
    }
    Ok(y)
}

/// Returns a batch without values unchanged, with zero gradients for the parameters.
fn untouched<X: Shape, C: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    weight: Option<&Tensor<C, E, D>>,
    bias: Option<&Tensor<C, E, D>>,
) -> Tensor<X, E, D, T> {
    let (x, tape) = touched(x).split_tape();
    let tape = weight.into_iter().chain(bias).fold(tape, |tape, parameter| touch(parameter, tape));
    x.put_tape(tape)
}
