use super::prelude::*;

/// `1 / x`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reciprocal;

impl Formula for Reciprocal {
    const FROM_OUTPUT: bool = true;

    #[cfg(test)]
    const OF_POSITIVE: bool = true;

    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Reciprocal, [-1.0, f64::INFINITY, 0.5])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        A::of(1.0) / x
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, y: A) -> A {
        -(y * y)
    }
}
