use super::prelude::*;

/// `max(x, 0)`, with the gradient 0 at 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relu;

impl Formula for Relu {
    const FROM_OUTPUT: bool = true;

    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Relu, [0.0, 0.0, 2.0])
    }

    /// The comparison is written so that NaN stays NaN.
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        x.if_at_most(0.0, A::of(0.0), x)
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, y: A) -> A {
        y.if_at_most(0.0, A::of(0.0), A::of(1.0))
    }
}
