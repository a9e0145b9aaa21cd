//! RMSprop.

use dfdx::optim::RMSpropConfig;

use super::{Formula, Rates, WithFormula};
use crate::ops::arithmetic::Arithmetic;

pub(super) fn with<W: WithFormula>(config: &RMSpropConfig, with: W) -> W::Output {
    let plain = Plain { rates: Rates::new(config.lr, config.weight_decay), alpha: config.alpha, epsilon: config.eps };
    if config.momentum.is_none() && !config.centered {
        return with.run(plain);
    }
    with.run(WithMeans { plain, momentum: config.momentum.unwrap_or(0.0), centered: config.centered })
}

/// Without momentum and not centered. The moment is the running mean of squares.
///
/// The square of a gradient may overflow or underflow although its share of the mean doesn't, so it is never computed by itself.
#[derive(Clone, Copy)]
struct Plain {
    rates: Rates,
    /// The weight of the previous mean of squares.
    alpha: f64,
    epsilon: f64,
}

impl Plain {
    /// The gradient, and the new mean of squares.
    #[inline(always)]
    fn squares<A: Arithmetic>(self, p: A, gradient: A, s: A) -> (A, A) {
        let g = self.rates.gradient(p, gradient);
        (g, A::of(self.alpha).mul_add(s, A::of(1.0 - self.alpha) * g * g))
    }
}

impl Formula for Plain {
    const MOMENTS: usize = 1;
    const INITIAL: [f64; 3] = [1.0, 0.0, 0.0];

    #[inline(always)]
    fn step<A: Arithmetic>(self, p: A, gradient: A, [s, second, third]: [A; 3]) -> (A, [A; 3]) {
        let (g, s) = self.squares(p, gradient, s);
        (self.rates.step(p, g / (s + A::of(self.epsilon)).sqrt()), [s, second, third])
    }
}

/// With momentum, or centered, or both. The moments are the running mean of squares, the velocity, and the running mean of gradients.
#[derive(Clone, Copy)]
struct WithMeans {
    plain: Plain,
    momentum: f64,
    centered: bool,
}

impl Formula for WithMeans {
    const MOMENTS: usize = 3;
    const INITIAL: [f64; 3] = [1.0, 0.0, 0.0];

    #[inline(always)]
    fn step<A: Arithmetic>(self, p: A, gradient: A, [s, v, m]: [A; 3]) -> (A, [A; 3]) {
        let (g, s) = self.plain.squares(p, gradient, s);
        let m = A::of(1.0 - self.plain.alpha).mul_add(g - m, m);
        let variance = if self.centered { s - m * m } else { s };
        let v = A::of(self.momentum).mul_add(v, g / (variance + A::of(self.plain.epsilon)).sqrt());
        (self.plain.rates.step(p, v), [s, v, m])
    }
}
