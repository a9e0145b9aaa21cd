//! The arithmetic of elements.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::Arithmetic;
use crate::ops::Element;
use crate::ops::vectorized::multiply_add;

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
    fn mul_add(self, factor: Self, summand: Self) -> Self {
        Number(multiply_add::<E, FUSES>(self.0, factor.0, summand.0))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self.0 < other.0 { other } else { self }
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Number(self.0.abs())
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
