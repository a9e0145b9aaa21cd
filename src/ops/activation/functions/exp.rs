use super::prelude::*;

/// `exp(x)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exp;

impl Formula for Exp {
    const FROM_OUTPUT: bool = true;
    const STEPS: usize = EXPONENTIAL;

    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Exp, [0.36787944117144233, 1.0, 7.38905609893065])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        x.exp()
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, y: A) -> A {
        y
    }
}
