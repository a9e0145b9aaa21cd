use super::prelude::*;

/// The natural logarithm: −∞ at 0, NaN below.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ln;

impl Formula for Ln {
    const STEPS: usize = EXPONENTIAL;

    #[cfg(test)]
    const OF_POSITIVE: bool = true;

    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Ln, [f64::NAN, f64::NEG_INFINITY, std::f64::consts::LN_2])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        x.ln()
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, x: A) -> A {
        A::of(1.0) / x
    }
}
