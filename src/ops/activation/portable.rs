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
        Function::Hardswish => {
            let share = hardsigmoid(x.retaped::<T>())?;
            x.try_mul(share)
        }
    }
}

/// Each number, at least 0 and at most `most`; the gradient is 0 at both.
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

fn hardsigmoid<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<S, E, D, T>,
) -> Result<Tensor<S, E, D, T>, D::Err> {
    clamp(x.try_add(scalar::<E>(3.0))?, 6.0)?.try_div(scalar::<E>(6.0))
}

/// Exact GELU: dfdx's value, but not its gradient, which lacks the factor `√½` in the density of the normal
/// distribution.
///
/// With the derivative `d` at the point `x₀`, it is `d · x + (gelu(x₀) − d · x₀)`: only the first `x` is on the tape.
fn gelu<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(x: Tensor<S, E, D, T>) -> Result<Tensor<S, E, D, T>, D::Err> {
    let point = x.retaped::<NoneTape>();
    let value = point.clone().try_accurate_gelu()?;
    // Φ(x) = gelu(x) / x, and ½ at 0.
    let distribution = value.clone().try_div(point.clone())?.try_nans_to(0.5)?;
    let density = point.clone().try_square()?.try_mul(scalar::<E>(-0.5))?.try_exp()?;
    let density = density.try_mul(scalar::<E>((0.5 / std::f64::consts::PI).sqrt()))?;
    let derivative = distribution.try_add(density.try_mul(point.clone())?)?;
    let intercept = value.try_sub(derivative.clone().try_mul(point)?)?;
    x.try_mul(derivative)?.try_add(intercept)
}
