use super::prelude::*;

/// `x` if positive, otherwise `negative_slope · x`. At 0 the gradient is `negative_slope`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeakyRelu {
    /// The slope for `x` that isn't positive.
    pub negative_slope: f64,
}

impl Formula for LeakyRelu {
    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (LeakyRelu { negative_slope: 0.1 }, [-0.1, 0.0, 2.0])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        (-x).if_below(0.0, x, x * A::of(self.negative_slope))
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, x: A) -> A {
        (-x).if_below(0.0, A::of(1.0), A::of(self.negative_slope))
    }
}
