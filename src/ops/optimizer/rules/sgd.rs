//! Stochastic gradient descent.

use dfdx::optim::{Momentum, SgdConfig};

use super::{Formula, Rates, WithFormula};
use crate::ops::arithmetic::Arithmetic;

pub(super) fn with<W: WithFormula>(config: &SgdConfig, with: W) -> W::Output {
    let rates = Rates::new(config.lr, config.weight_decay);
    match config.momentum {
        None => with.run(Plain { rates }),
        Some(Momentum::Classic(factor)) => with.run(Heavy { rates, factor, nesterov: false }),
        Some(Momentum::Nesterov(factor)) => with.run(Heavy { rates, factor, nesterov: true }),
    }
}

/// Without momentum.
#[derive(Clone, Copy)]
struct Plain {
    rates: Rates,
}

impl Formula for Plain {
    const MOMENTS: usize = 0;

    #[inline(always)]
    fn step<A: Arithmetic>(self, p: A, gradient: A, moments: [A; 3]) -> (A, [A; 3]) {
        (self.rates.step(p, self.rates.gradient(p, gradient)), moments)
    }
}

/// With momentum. The moment is the velocity.
#[derive(Clone, Copy)]
struct Heavy {
    rates: Rates,
    factor: f64,
    nesterov: bool,
}

impl Formula for Heavy {
    const MOMENTS: usize = 1;

    #[inline(always)]
    fn step<A: Arithmetic>(self, p: A, gradient: A, [v, second, third]: [A; 3]) -> (A, [A; 3]) {
        let (g, factor) = (self.rates.gradient(p, gradient), A::of(self.factor));
        let v = factor.mul_add(v, g);
        let direction = if self.nesterov { factor.mul_add(v, g) } else { v };
        (self.rates.step(p, direction), [v, second, third])
    }
}
