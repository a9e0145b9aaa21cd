//! How an elementwise function is written: once, for any arithmetic.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::ops::Element;

/// The arithmetic that formulas are written in. In kernels it is that of floats; in portable forms, of whole tensors.
pub(crate) trait Arithmetic:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// A constant.
    fn of(value: f64) -> Self;

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

/// An elementwise function.
pub(crate) trait Formula: Copy + Send + Sync {
    /// Whether tests call it with positive numbers alone.
    #[cfg(test)]
    const OF_POSITIVE: bool = false;

    /// One with arguments that tests use, and its values at −1, 0 and 2, worked by hand.
    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]);

    /// Whether the derivative is computed from the output rather than from the input.
    const FROM_OUTPUT: bool = false;

    /// The approximate number of elementary steps for a value.
    const STEPS: usize = 1;

    /// The value at `x`.
    fn value<A: Arithmetic>(self, x: A) -> A;

    /// The derivative, given the input, or given the output if `FROM_OUTPUT`.
    fn derivative<A: Arithmetic>(self, kept: A) -> A;
}

/// What is done with the formula of a function, whose type is known then.
pub(crate) trait WithFormula {
    type Output;

    fn run<F: Formula>(self, formula: F) -> Self::Output;
}

/// An element, whose multiply-add is fused if `FUSES`.
#[derive(Clone, Copy)]
pub(crate) struct Number<E, const FUSES: bool>(pub(crate) E);

macro_rules! operators {
    ($($operator:ident $method:ident;)*) => {$(
        impl<E: Element, const FUSES: bool> $operator for Number<E, FUSES> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Number(self.0.$method(other.0))
            }
        }
    )*};
}

operators! {
    Add add;
    Sub sub;
    Mul mul;
    Div div;
}

impl<E: Element, const FUSES: bool> Neg for Number<E, FUSES> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Number(-self.0)
    }
}

impl<E: Element, const FUSES: bool> Arithmetic for Number<E, FUSES> {
    #[inline(always)]
    fn of(value: f64) -> Self {
        Number(E::of(value))
    }

    #[inline(always)]
    fn if_at_most(self, limit: f64, then: Self, otherwise: Self) -> Self {
        if self.0 <= E::of(limit) { then } else { otherwise }
    }

    #[inline(always)]
    fn if_below(self, limit: f64, then: Self, otherwise: Self) -> Self {
        if self.0 < E::of(limit) { then } else { otherwise }
    }

    #[inline(always)]
    fn exp(self) -> Self {
        Number(self.0.exponential::<FUSES>())
    }

    #[inline(always)]
    fn ln(self) -> Self {
        Number(self.0.ln())
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Number(self.0.sqrt())
    }

    #[inline(always)]
    fn powf(self, exponent: f64) -> Self {
        Number(self.0.powf(E::of(exponent)))
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        Number(self.0.hyperbolic_tangent::<FUSES>())
    }

    #[inline(always)]
    fn sigmoid(self) -> Self {
        Number(self.0.sigmoid::<FUSES>())
    }

    #[inline(always)]
    fn erf(self) -> Self {
        Number(self.0.error_function::<FUSES>())
    }
}
