use super::prelude::*;

/// `x²`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Square;

impl Formula for Square {
    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Square, [1.0, 0.0, 4.0])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        x * x
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, x: A) -> A {
        A::of(2.0) * x
    }
}
