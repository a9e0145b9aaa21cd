use super::prelude::*;

/// `x · sigmoid(x)`, also known as swish.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Silu;

impl Formula for Silu {
    const STEPS: usize = EXPONENTIAL;

    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Silu, [-0.2689414213699951, 0.0, 1.7615941559557646])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        x * x.sigmoid()
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, x: A) -> A {
        let sigmoid = x.sigmoid();
        sigmoid * (A::of(1.0) + x * (A::of(1.0) - sigmoid))
    }
}
