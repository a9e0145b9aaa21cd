//! The value and the derivative of each activation, for a single element.

use crate::ops::Element;
use crate::ops::elementary::EXPONENTIAL;

/// The formula of an activation.
pub(super) trait Formula: Copy + Send + Sync {
    /// Whether the derivative is computed from the output rather than from the input.
    const FROM_OUTPUT: bool = false;

    /// The approximate number of elementary steps for a value.
    const STEPS: usize = 1;

    /// The value at `x`.
    fn value<E: Element, const FUSES: bool>(self, x: E) -> E;

    /// The derivative, given the input, or given the output if `FROM_OUTPUT`.
    fn derivative<E: Element, const FUSES: bool>(self, kept: E) -> E;
}

#[derive(Clone, Copy)]
pub(super) struct Relu;

impl Formula for Relu {
    const FROM_OUTPUT: bool = true;

    /// The comparison is written so that NaN stays NaN.
    #[inline(always)]
    fn value<E: Element, const FUSES: bool>(self, x: E) -> E {
        if x <= E::zero() { E::zero() } else { x }
    }

    #[inline(always)]
    fn derivative<E: Element, const FUSES: bool>(self, y: E) -> E {
        if y <= E::zero() { E::zero() } else { E::one() }
    }
}

#[derive(Clone, Copy)]
pub(super) struct LeakyRelu {
    pub(super) negative_slope: f64,
}

impl Formula for LeakyRelu {
    #[inline(always)]
    fn value<E: Element, const FUSES: bool>(self, x: E) -> E {
        if x > E::zero() { x } else { x * E::of(self.negative_slope) }
    }

    #[inline(always)]
    fn derivative<E: Element, const FUSES: bool>(self, x: E) -> E {
        if x > E::zero() { E::one() } else { E::of(self.negative_slope) }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Gelu;

impl Gelu {
    /// The cumulative distribution function of the standard normal distribution.
    #[inline(always)]
    fn distribution<E: Element, const FUSES: bool>(x: E) -> E {
        E::of(0.5) * (E::one() + (x * E::FRAC_1_SQRT_2()).error_function::<FUSES>())
    }
}

impl Formula for Gelu {
    const STEPS: usize = 2 * EXPONENTIAL;

    #[inline(always)]
    fn value<E: Element, const FUSES: bool>(self, x: E) -> E {
        x * Self::distribution::<E, FUSES>(x)
    }

    #[inline(always)]
    fn derivative<E: Element, const FUSES: bool>(self, x: E) -> E {
        let exponential = (-E::of(0.5) * x * x).exponential::<FUSES>();
        let density = exponential * E::FRAC_1_SQRT_2() * E::of(0.5) * E::FRAC_2_SQRT_PI();
        Self::distribution::<E, FUSES>(x) + x * density
    }
}

#[derive(Clone, Copy)]
pub(super) struct GeluTanh;

impl GeluTanh {
    /// The argument of the hyperbolic tangent, and the derivative of this argument.
    #[inline(always)]
    fn argument<E: Element>(x: E) -> (E, E) {
        let (factor, cubic) = (E::of((2.0 / std::f64::consts::PI).sqrt()), E::of(0.044715));
        (factor * (x + cubic * x * x * x), factor * (E::one() + E::of(3.0) * cubic * x * x))
    }
}

impl Formula for GeluTanh {
    const STEPS: usize = EXPONENTIAL;

    #[inline(always)]
    fn value<E: Element, const FUSES: bool>(self, x: E) -> E {
        E::of(0.5) * x * (E::one() + Self::argument(x).0.hyperbolic_tangent::<FUSES>())
    }

    #[inline(always)]
    fn derivative<E: Element, const FUSES: bool>(self, x: E) -> E {
        let (argument, slope) = Self::argument(x);
        let tanh = argument.hyperbolic_tangent::<FUSES>();
        E::of(0.5) * (E::one() + tanh + x * (E::one() - tanh * tanh) * slope)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Sigmoid;

impl Formula for Sigmoid {
    const FROM_OUTPUT: bool = true;
    const STEPS: usize = EXPONENTIAL;

    #[inline(always)]
    fn value<E: Element, const FUSES: bool>(self, x: E) -> E {
        x.sigmoid::<FUSES>()
    }

    #[inline(always)]
    fn derivative<E: Element, const FUSES: bool>(self, y: E) -> E {
        y * (E::one() - y)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Tanh;

impl Formula for Tanh {
    const FROM_OUTPUT: bool = true;
    const STEPS: usize = EXPONENTIAL;

    #[inline(always)]
    fn value<E: Element, const FUSES: bool>(self, x: E) -> E {
        x.hyperbolic_tangent::<FUSES>()
    }

    #[inline(always)]
    fn derivative<E: Element, const FUSES: bool>(self, y: E) -> E {
        E::one() - y * y
    }
}

#[derive(Clone, Copy)]
pub(super) struct Silu;

impl Formula for Silu {
    const STEPS: usize = EXPONENTIAL;

    #[inline(always)]
    fn value<E: Element, const FUSES: bool>(self, x: E) -> E {
        x * x.sigmoid::<FUSES>()
    }

    #[inline(always)]
    fn derivative<E: Element, const FUSES: bool>(self, x: E) -> E {
        let sigmoid = x.sigmoid::<FUSES>();
        sigmoid * (E::one() + x * (E::one() - sigmoid))
    }
}

#[derive(Clone, Copy)]
pub(super) struct Relu6;

impl Formula for Relu6 {
    const FROM_OUTPUT: bool = true;

    #[inline(always)]
    fn value<E: Element, const FUSES: bool>(self, x: E) -> E {
        clamp(x, E::of(6.0))
    }

    #[inline(always)]
    fn derivative<E: Element, const FUSES: bool>(self, y: E) -> E {
        if y <= E::zero() || y >= E::of(6.0) { E::zero() } else { E::one() }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Hardsigmoid;

impl Formula for Hardsigmoid {
    #[inline(always)]
    fn value<E: Element, const FUSES: bool>(self, x: E) -> E {
        clamp(x + E::of(3.0), E::of(6.0)) / E::of(6.0)
    }

    #[inline(always)]
    fn derivative<E: Element, const FUSES: bool>(self, x: E) -> E {
        if x.abs() < E::of(3.0) { E::of(1.0 / 6.0) } else { E::zero() }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Hardswish;

impl Formula for Hardswish {
    #[inline(always)]
    fn value<E: Element, const FUSES: bool>(self, x: E) -> E {
        x * Hardsigmoid.value::<E, FUSES>(x)
    }

    #[inline(always)]
    fn derivative<E: Element, const FUSES: bool>(self, x: E) -> E {
        let between = x / E::of(3.0) + E::of(0.5);
        let below_most = if x < E::of(3.0) { between } else { E::one() };
        if x <= E::of(-3.0) { E::zero() } else { below_most }
    }
}

/// `x`, limited to the range from 0 to `most`, written so that NaN stays NaN.
#[inline(always)]
fn clamp<E: Element>(x: E, most: E) -> E {
    let x = if x <= E::zero() { E::zero() } else { x };
    if x >= most { most } else { x }
}
