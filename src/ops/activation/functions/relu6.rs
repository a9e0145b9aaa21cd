use super::prelude::*;

/// `min(max(x, 0), 6)`, with the gradient 0 at 0 and at 6.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relu6;

impl Formula for Relu6 {
    const FROM_OUTPUT: bool = true;

    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Relu6, [0.0, 0.0, 2.0])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        x.clamp(0.0, 6.0)
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, y: A) -> A {
        y.if_at_most(0.0, A::of(0.0), (-y).if_at_most(-6.0, A::of(0.0), A::of(1.0)))
    }
}
