//! Activations composed from dfdx's operations.

use dfdx::prelude::*;

use super::Function;
use crate::ops::portable::{is_empty, scalar, touched};

/// As [`ActivationKernel::try_activation`](super::ActivationKernel::try_activation), on any device.
pub fn activation<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<S, E, D, T>,
    activation: Function,
) -> Result<Tensor<S, E, D, T>, D::Err> {
    if is_empty(&x) {
        return Ok(touched(x));
    }
    let x = x.try_contiguous()?;
    match activation {
        Function::Relu => {
            let zeros = x.device().try_zeros_like(x.shape())?;
            let positive = !x.try_le(scalar::<E>(0.0))?;
            positive.try_choose(x, zeros)
        }
        Function::LeakyRelu { negative_slope } => {
            let scaled = x.retaped::<T>().try_mul(scalar::<E>(negative_slope))?;
            x.try_gt(scalar::<E>(0.0))?.try_choose(x, scaled)
        }
        Function::Gelu => gelu(x),
        Function::GeluTanh => x.try_fast_gelu(),
        Function::Sigmoid => x.try_sigmoid(),
        Function::Tanh => x.try_tanh(),
        Function::Silu => {
            let sigmoid = x.retaped::<T>().try_sigmoid()?;
            x.try_mul(sigmoid)
        }
        Function::Relu6 => clamp(x, 6.0),
        Function::Hardsigmoid => hardsigmoid(x),
        Function::Hardswish => hardswish(x),
    }
}

/// Each element, limited to the range from 0 to `most`. The gradient is 0 at both limits.
fn clamp<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<S, E, D, T>,
    most: f64,
) -> Result<Tensor<S, E, D, T>, D::Err> {
    let (least, most) = (scalar::<E>(0.0), scalar::<E>(most));
    let zeros = x.device().try_zeros_like(x.shape())?;
    let limits = zeros.clone().try_add(most)?;
    let (above_least, below_most) = (!x.try_le(least)?, !x.try_ge(most)?);
    let x = below_most.try_choose(x, limits)?;
    above_least.try_choose(x, zeros)
}

/// The gradient is 0 at −3, at 3 and at `NaN`.
fn hardsigmoid<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<S, E, D, T>,
) -> Result<Tensor<S, E, D, T>, D::Err> {
    let x = x.try_add(scalar::<E>(3.0))?;
    let outside = clamp(x.retaped::<NoneTape>(), 6.0)?;
    let inside = x.try_gt(scalar::<E>(0.0))? & x.try_lt(scalar::<E>(6.0))?;
    inside.try_choose(x, outside)?.try_div(scalar::<E>(6.0))
}

/// Between −3 and 3, this is `x (x + 3) / 6`. Elements outside this range are replaced before the product, because the gradient
/// of an infinite one would be `NaN`.
fn hardswish<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<S, E, D, T>,
) -> Result<Tensor<S, E, D, T>, D::Err> {
    let three = scalar::<E>(3.0);
    let (below, zeros) = (x.retaped::<NoneTape>().try_mul(scalar::<E>(0.0))?, x.device().try_zeros_like(x.shape())?);
    let (above_least, below_most) = (x.try_gt(scalar::<E>(-3.0))?, x.try_lt(three)?);
    let inside = above_least & below_most.clone();
    let between = inside.clone().try_choose(x.retaped::<T>(), zeros)?;
    let between = between.retaped::<T>().try_add(three)?.try_mul(between)?.try_div(scalar::<E>(6.0))?;
    inside.try_choose(between, below_most.try_choose(below.put_tape(T::default()), x)?)
}

/// Exact GELU. It uses dfdx's value, but not dfdx's gradient, which lacks the factor `√½` in the density of the normal
/// distribution.
///
/// With the derivative `d` at the point `x₀ = x`, the result is `d · x + (gelu(x₀) − d · x₀)`, where only the first `x` is on the
/// tape. Beyond ±40, GELU is linear up to rounding, so `x₀` is limited to this range. (So the gradient at infinity is 1; the
/// kernel and PyTorch return `NaN` there.)
fn gelu<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(x: Tensor<S, E, D, T>) -> Result<Tensor<S, E, D, T>, D::Err> {
    let (point, far) = (x.retaped::<NoneTape>(), scalar::<E>(40.0));
    let limit = x.device().try_zeros_like(x.shape())?.try_add(far)?;
    let point = point.try_gt(far)?.try_choose(limit.clone(), point)?;
    let point = point.try_lt(scalar::<E>(-40.0))?.try_choose(limit.try_negate()?, point)?;
    let value = point.clone().try_accurate_gelu()?;
    // Φ(x) = gelu(x) / x, and ½ at 0.
    let distribution = value.clone().try_div(point.clone())?.try_nans_to(0.5)?;
    let density = point.clone().try_square()?.try_mul(scalar::<E>(-0.5))?.try_exp()?;
    let density = density.try_mul(scalar::<E>((0.5 / std::f64::consts::PI).sqrt()))?;
    let derivative = distribution.try_add(density.try_mul(point.clone())?)?;
    let intercept = value.try_sub(derivative.clone().try_mul(point)?)?;
    x.try_mul(derivative)?.try_add(intercept)
}
