use super::prelude::*;

/// `scale · x + offset`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Affine {
    /// The factor.
    pub scale: f64,
    /// The summand.
    pub offset: f64,
}

impl Formula for Affine {
    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (Affine { scale: -2.0, offset: 0.5 }, [2.5, 0.5, -3.5])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        A::of(self.scale) * x + A::of(self.offset)
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, _: A) -> A {
        A::of(self.scale)
    }
}
