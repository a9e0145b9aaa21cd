use super::prelude::*;

/// The hyperbolic tangent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tanh;

impl Formula for Tanh {
    const FROM_OUTPUT: bool = true;
    const STEPS: usize = EXPONENTIAL;

    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Tanh, [-0.7615941559557649, 0.0, 0.9640275800758169])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        x.tanh()
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, y: A) -> A {
        A::of(1.0) - y * y
    }
}
