use super::prelude::*;

/// `x · tanh(ln(1 + exp(x)))`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mish;

impl Mish {
    /// `tanh(ln(1 + e)) = e (e + 2) / (e (e + 2) + 2)`, where `e = exp(x)`. From 20 on it is 1.
    #[inline(always)]
    fn gate<A: Arithmetic>(x: A) -> A {
        let exponential = (-x).if_at_most(-20.0, A::of(20.0), x).exp();
        let product = exponential * (exponential + A::of(2.0));
        product / (product + A::of(2.0))
    }
}

impl Formula for Mish {
    const STEPS: usize = EXPONENTIAL;

    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Mish, [-0.30340146137410895, 0.0, 1.9439589595339946])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        x * Self::gate(x)
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, x: A) -> A {
        let gate = Self::gate(x);
        gate + x * x.sigmoid() * (A::of(1.0) - gate * gate)
    }
}
