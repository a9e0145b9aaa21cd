//! The arithmetic that elementwise formulas are written in, once for all.
//!
//! [`number`] is that of single elements, which kernels compute with. [`written`] writes a formula down, so that whole tensors pass
//! through it.

mod number;
mod written;

pub(crate) use number::Number;
pub(crate) use written::{Program, write};

use std::ops::{Add, Div, Mul, Neg, Sub};

/// The arithmetic that formulas are written in. In kernels it is that of floats; in portable forms, of whole tensors.
pub(crate) trait Arithmetic:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// A constant.
    fn of(value: f64) -> Self;

    /// `self · factor + summand`, which may be rounded once.
    fn mul_add(self, factor: Self, summand: Self) -> Self;

    /// The greater of both.
    fn max(self, other: Self) -> Self;

    /// `|x|`.
    fn abs(self) -> Self;

    /// `then` if this is at most `limit`, else `otherwise`: also if this is NaN.
    fn if_at_most(self, limit: f64, then: Self, otherwise: Self) -> Self;

    /// `then` if this is less than `limit`, else `otherwise`: also if this is NaN.
    fn if_below(self, limit: f64, then: Self, otherwise: Self) -> Self;

    /// `exp(x)`.
    fn exp(self) -> Self;

    /// The natural logarithm.
    fn ln(self) -> Self;

    /// The square root.
    fn sqrt(self) -> Self;

    /// The power with a constant exponent.
    fn powf(self, exponent: f64) -> Self;

    /// `tanh(x)`.
    fn tanh(self) -> Self;

    /// `1 / (1 + exp(−x))`.
    fn sigmoid(self) -> Self;

    /// `erf(x)`.
    fn erf(self) -> Self;

    /// This, limited to the range from `least` to `most`. NaN stays NaN.
    #[inline(always)]
    fn clamp(self, least: f64, most: f64) -> Self {
        let x = self.if_at_most(least, Self::of(least), self);
        (-x).if_at_most(-most, Self::of(most), x)
    }
}
