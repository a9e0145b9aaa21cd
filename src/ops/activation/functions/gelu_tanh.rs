use super::prelude::*;

/// The approximation of GELU `x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeluTanh;

impl GeluTanh {
    /// The argument of the hyperbolic tangent, and the derivative of this argument.
    #[inline(always)]
    fn argument<A: Arithmetic>(x: A) -> (A, A) {
        let (factor, cubic) = (A::of((2.0 / std::f64::consts::PI).sqrt()), A::of(0.044715));
        (factor * (x + cubic * x * x * x), factor * (A::of(1.0) + A::of(3.0) * cubic * x * x))
    }
}

impl Formula for GeluTanh {
    const STEPS: usize = EXPONENTIAL;

    #[cfg(test)]
    fn by_hand() -> (Self, [f64; 3]) {
        (GeluTanh, [-0.15880800939172324, 0.0, 1.954597694087775])
    }

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: A) -> A {
        A::of(0.5) * x * (A::of(1.0) + Self::argument(x).0.tanh())
    }

    #[inline(always)]
    fn derivative<A: Arithmetic>(self, x: A) -> A {
        let (argument, slope) = Self::argument(x);
        let tanh = argument.tanh();
        A::of(0.5) * (A::of(1.0) + tanh + x * (A::of(1.0) - tanh * tanh) * slope)
    }
}
