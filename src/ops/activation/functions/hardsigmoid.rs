use super::prelude::*;

/// `min(max(x + 3, 0), 6) / 6`, with the gradient 0 at −3 and at 3.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hardsigmoid;

impl Formula for Hardsigmoid {
    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Hardsigmoid, [1.0 / 3.0, 0.5, 5.0 / 6.0])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        (x + A::of(3.0)).clamp(0.0, 6.0) / A::of(6.0)
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, x: A) -> A {
        x.if_below(3.0, (-x).if_below(3.0, A::of(1.0 / 6.0), A::of(0.0)), A::of(0.0))
    }
}
