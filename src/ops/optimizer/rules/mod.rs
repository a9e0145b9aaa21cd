//! The update rules, one file each. To add one, write its file and its line in [`Rule`].

mod adam;
mod adamax;
mod rmsprop;
mod sgd;

pub use adamax::AdamaxConfig;

use dfdx::optim::{AdamConfig, RMSpropConfig, SgdConfig, WeightDecay};

use crate::ops::arithmetic::Arithmetic;

/// The update rule of an optimizer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Rule {
    /// Stochastic gradient descent.
    Sgd(SgdConfig),
    /// Adam.
    Adam(AdamConfig),
    /// RMSprop.
    RMSprop(RMSpropConfig),
    /// Adamax.
    Adamax(AdamaxConfig),
}

impl Rule {
    /// Does something with the formula of a step. `steps` includes the current step.
    pub(super) fn with<W: WithFormula>(&self, steps: i32, with: W) -> W::Output {
        match self {
            Rule::Sgd(config) => sgd::with(config, with),
            Rule::Adam(config) => with.run(adam::Step::new(config, steps)),
            Rule::RMSprop(config) => rmsprop::with(config, with),
            Rule::Adamax(config) => with.run(adamax::Step::new(config, steps)),
        }
    }
}

/// A step of an optimizer, for one element of a parameter.
pub(super) trait Formula: Copy + Send + Sync {
    /// The number of moments: what is remembered from step to step for each element.
    const MOMENTS: usize;

    /// What the moments are before the first step.
    const INITIAL: [f64; 3] = [0.0; 3];

    /// The parameter after a step along its gradient, and the moments. Of these, the first [`MOMENTS`](Formula::MOMENTS) are used.
    fn step<A: Arithmetic>(self, parameter: A, gradient: A, moments: [A; 3]) -> (A, [A; 3]);
}

/// What is done with the formula of a rule, whose type is known then.
pub(super) trait WithFormula {
    type Output;

    fn run<F: Formula>(self, formula: F) -> Self::Output;
}

/// The rates that all rules share.
#[derive(Clone, Copy)]
pub(super) struct Rates {
    learning: f64,
    /// L2 weight decay: the parameter times this rate is added to the gradient.
    decay: f64,
    /// Decoupled weight decay: the parameter times this rate is subtracted from the parameter.
    decoupled: f64,
}

impl Rates {
    fn new(learning: f64, decay: Option<WeightDecay>) -> Self {
        let (decay, decoupled) = match decay {
            None => (0.0, 0.0),
            Some(WeightDecay::L2(decay)) => (decay, 0.0),
            Some(WeightDecay::Decoupled(decay)) => (0.0, learning * decay),
        };
        Rates { learning, decay, decoupled }
    }

    /// The gradient with L2 weight decay.
    #[inline(always)]
    fn gradient<A: Arithmetic>(self, parameter: A, gradient: A) -> A {
        A::of(self.decay).mul_add(parameter, gradient)
    }

    /// The parameter after a step against a direction.
    #[inline(always)]
    fn step<A: Arithmetic>(self, parameter: A, direction: A) -> A {
        let kept = A::of(-self.decoupled).mul_add(parameter, parameter);
        A::of(-self.learning).mul_add(direction, kept)
    }
}
