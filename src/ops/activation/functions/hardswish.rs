use super::prelude::*;

/// `x · hardsigmoid(x)`, with the gradient 0 at −3 and 1 at 3.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hardswish;

impl Formula for Hardswish {
    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Hardswish, [-1.0 / 3.0, 0.0, 5.0 / 3.0])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        x * super::Hardsigmoid.value(x)
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, x: A) -> A {
        let between = x / A::of(3.0) + A::of(0.5);
        x.if_at_most(-3.0, A::of(0.0), x.if_below(3.0, between, A::of(1.0)))
    }
}
