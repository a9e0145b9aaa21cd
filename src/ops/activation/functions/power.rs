use super::prelude::*;

/// `x` to the power of `exponent`: NaN below 0, if the exponent isn't an integer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// The exponent.
    pub exponent: f64,
}

impl Formula for Power {
    const STEPS: usize = 2 * EXPONENTIAL;

    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Power { exponent: 3.0 }, [-1.0, 0.0, 8.0])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        x.powf(self.exponent)
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, x: A) -> A {
        if self.exponent == 0.0 {
            return A::of(0.0);
        }
        A::of(self.exponent) * x.powf(self.exponent - 1.0)
    }
}
