use super::prelude::*;

/// `|x|`, with the gradient 0 at 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Abs;

impl Formula for Abs {
    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Abs, [1.0, 0.0, 2.0])
    }

    /// At 0 it is a constant, so that its gradient is 0.
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        x.if_below(0.0, -x, x.if_at_most(0.0, A::of(0.0), x))
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, x: A) -> A {
        x.if_below(0.0, A::of(-1.0), x.if_at_most(0.0, A::of(0.0), A::of(1.0)))
    }
}
