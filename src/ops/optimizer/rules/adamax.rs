//! Adamax.

use dfdx::optim::WeightDecay;

use super::{Formula, Rates};
use crate::ops::arithmetic::Arithmetic;

/// The settings of Adamax, with PyTorch's defaults.
#[derive(Clone, Copy, Debug)]
pub struct AdamaxConfig {
    /// The learning rate, 0.002 by default.
    pub lr: f64,
    /// The decays of the mean of gradients and of the greatest gradient, 0.9 and 0.999 by default.
    pub betas: [f64; 2],
    /// What is added to the absolute value of a gradient, 1e-8 by default.
    pub eps: f64,
    /// Weight decay, none by default.
    pub weight_decay: Option<WeightDecay>,
}

impl Default for AdamaxConfig {
    fn default() -> Self {
        AdamaxConfig { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weight_decay: None }
    }
}

/// A step of Adamax. The moments are the running mean of the gradients, and their greatest absolute value, which decays.
#[derive(Clone, Copy)]
pub(super) struct Step {
    rates: Rates,
    betas: [f64; 2],
    /// The factor that corrects the bias of a mean that starts at 0.
    correction: f64,
    epsilon: f64,
}

impl Step {
    pub(super) fn new(config: &AdamaxConfig, steps: i32) -> Self {
        Step {
            rates: Rates::new(config.lr, config.weight_decay),
            betas: config.betas,
            correction: 1.0 / (1.0 - config.betas[0].powi(steps)),
            epsilon: config.eps,
        }
    }
}

impl Formula for Step {
    const MOMENTS: usize = 2;

    #[inline(always)]
    fn step<A: Arithmetic>(self, p: A, gradient: A, [m, u, third]: [A; 3]) -> (A, [A; 3]) {
        let (g, [mean, greatest]) = (self.rates.gradient(p, gradient), self.betas);
        let m = A::of(mean).mul_add(m, A::of(1.0 - mean) * g);
        let u = (A::of(greatest) * u).max(g.abs() + A::of(self.epsilon));
        (self.rates.step(p, m / u * A::of(self.correction)), [m, u, third])
    }
}
