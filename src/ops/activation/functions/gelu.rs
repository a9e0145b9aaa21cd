use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::prelude::*;

/// `x · Φ(x)`, where `Φ` is the cumulative distribution function of the standard normal distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gelu;

impl Gelu {
    /// The cumulative distribution function of the standard normal distribution.
    #[inline(always)]
    fn distribution<A: Arithmetic>(x: A) -> A {
        A::of(0.5) * (A::of(1.0) + (x * A::of(FRAC_1_SQRT_2)).erf())
    }
}

impl Formula for Gelu {
    const STEPS: usize = 2 * EXPONENTIAL;

    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Gelu, [-0.15865525393145707, 0.0, 1.9544997361036416])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        x * Self::distribution(x)
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, x: A) -> A {
        let exponential = (A::of(-0.5) * x * x).exp();
        let density = exponential * A::of(FRAC_1_SQRT_2) * A::of(0.5) * A::of(FRAC_2_SQRT_PI);
        Self::distribution(x) + x * density
    }
}
