use super::prelude::*;

/// The square root: NaN below 0. At 0 the gradient is infinite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sqrt;

impl Formula for Sqrt {
    const FROM_OUTPUT: bool = true;

    #[cfg(test)]
    const OF_POSITIVE: bool = true;

    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Sqrt, [f64::NAN, 0.0, std::f64::consts::SQRT_2])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        x.sqrt()
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, y: A) -> A {
        A::of(0.5) / y
    }
}
