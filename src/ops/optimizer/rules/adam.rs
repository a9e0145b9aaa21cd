//! Adam.

use dfdx::optim::AdamConfig;

use super::{Formula, Rates};
use crate::ops::arithmetic::Arithmetic;

/// A step of Adam. The moments are the running means of the gradients and of their squares.
///
/// The square of a gradient may overflow or underflow although its share of the mean doesn't, so it is never computed by itself.
#[derive(Clone, Copy)]
pub(super) struct Step {
    rates: Rates,
    betas: [f64; 2],
    /// The factors for the mean, and for the root of the mean of squares, which correct the bias of starting at 0.
    corrections: [f64; 2],
    epsilon: f64,
}

impl Step {
    pub(super) fn new(config: &AdamConfig, steps: i32) -> Self {
        let correction = |beta: f64| 1.0 / (1.0 - beta.powi(steps));
        Step {
            rates: Rates::new(config.lr, config.weight_decay),
            betas: config.betas,
            corrections: [correction(config.betas[0]), correction(config.betas[1]).sqrt()],
            epsilon: config.eps,
        }
    }
}

impl Formula for Step {
    const MOMENTS: usize = 2;

    #[inline(always)]
    fn step<A: Arithmetic>(self, p: A, gradient: A, [m, v, third]: [A; 3]) -> (A, [A; 3]) {
        let (g, [mean, square]) = (self.rates.gradient(p, gradient), self.betas);
        let m = A::of(mean).mul_add(m, A::of(1.0 - mean) * g);
        let v = A::of(square).mul_add(v, A::of(1.0 - square) * g * g);
        let deviation = v.sqrt() * A::of(self.corrections[1]) + A::of(self.epsilon);
        (self.rates.step(p, m / deviation * A::of(self.corrections[0])), [m, v, third])
    }
}
