use super::prelude::*;

/// `1 / (1 + exp(−x))`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sigmoid;

impl Formula for Sigmoid {
    const FROM_OUTPUT: bool = true;
    const STEPS: usize = EXPONENTIAL;

    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Sigmoid, [0.2689414213699951, 0.5, 0.8807970779778823])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        x.sigmoid()
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, y: A) -> A {
        y * (A::of(1.0) - y)
    }
}
