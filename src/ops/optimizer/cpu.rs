//! The steps of optimizers, in one pass over a parameter, its gradient and its state.

use dfdx::optim::{AdamConfig, Momentum, RMSpropConfig, SgdConfig, WeightDecay};

use crate::ops::Element;
use crate::ops::once::once;
use crate::ops::parallel::{ELEMENTWISE, for_each_chunk};
use crate::ops::vectorized::{InstructionSet, multiply_add, vectorized};

/// The rates that all rules share.
#[derive(Clone, Copy)]
struct Rates<E> {
    learning: E,
    /// L2 weight decay: the parameter times this rate is added to the gradient.
    decay: E,
    /// Decoupled weight decay: the parameter times this rate is subtracted from the parameter.
    decoupled: E,
}

impl<E: Element> Rates<E> {
    fn new(learning: f64, decay: Option<WeightDecay>) -> Self {
        let (decay, decoupled) = match decay {
            None => (0.0, 0.0),
            Some(WeightDecay::L2(decay)) => (decay, 0.0),
            Some(WeightDecay::Decoupled(decay)) => (0.0, learning * decay),
        };
        Rates { learning: E::of(learning), decay: E::of(decay), decoupled: E::of(decoupled) }
    }

    /// The gradient with L2 weight decay.
    #[inline(always)]
    fn gradient<const FUSES: bool>(self, parameter: E, gradient: E) -> E {
        multiply_add::<E, FUSES>(self.decay, parameter, gradient)
    }

    /// The parameter after a step against a direction.
    #[inline(always)]
    fn step<const FUSES: bool>(self, parameter: E, direction: E) -> E {
        let kept = multiply_add::<E, FUSES>(-self.decoupled, parameter, parameter);
        multiply_add::<E, FUSES>(-self.learning, direction, kept)
    }
}

/// The other constants of Adam.
#[derive(Clone, Copy)]
struct AdamRates<E> {
    betas: [E; 2],
    /// 1 minus each of the betas: the weights of the current gradient and its square.
    rests: [E; 2],
    /// The factors for the mean, and for the root of the mean of squares, which correct the bias of starting at 0.
    corrections: [E; 2],
    epsilon: E,
}

/// The other constants of RMSprop.
#[derive(Clone, Copy)]
struct RMSpropRates<E> {
    /// The weight of the previous mean of squares.
    alpha: E,
    /// The weight of the current gradient.
    rest: E,
    epsilon: E,
    momentum: E,
    centered: bool,
}

impl<E: Element> RMSpropRates<E> {
    fn new(config: &RMSpropConfig) -> Self {
        RMSpropRates {
            alpha: E::of(config.alpha),
            rest: E::of(1.0 - config.alpha),
            epsilon: E::of(config.eps),
            momentum: E::of(config.momentum.unwrap_or(0.0)),
            centered: config.centered,
        }
    }
}

/// Plain gradient descent.
#[once]
pub(super) fn sgd<E: Element>(config: &SgdConfig, parameter: &mut [E], gradient: &mut [E]) {
    let (set, rates) = (InstructionSet::best(), Rates::new(config.lr, config.weight_decay));
    in_parts(parameter, gradient, [], |parameter, gradient, []| sgd_steps(set, rates, parameter, gradient));
}

/// Gradient descent with momentum.
#[once]
pub(super) fn sgd_with_momentum<E: Element>(
    config: &SgdConfig,
    momentum: Momentum,
    parameter: &mut [E],
    gradient: &mut [E],
    velocity: &mut [E],
) {
    let (set, rates) = (InstructionSet::best(), Rates::new(config.lr, config.weight_decay));
    let (factor, nesterov) = match momentum {
        Momentum::Classic(factor) => (E::of(factor), false),
        Momentum::Nesterov(factor) => (E::of(factor), true),
    };
    in_parts(parameter, gradient, [velocity], |parameter, gradient, [velocity]| {
        momentum_steps(set, rates, factor, nesterov, parameter, gradient, velocity);
    });
}

/// Adam. `steps` includes the current step.
#[once]
pub(super) fn adam<E: Element>(
    config: &AdamConfig,
    steps: i32,
    parameter: &mut [E],
    gradient: &mut [E],
    moments: [&mut [E]; 2],
) {
    let (set, rates) = (InstructionSet::best(), Rates::new(config.lr, config.weight_decay));
    let correction = |beta: f64| 1.0 / (1.0 - beta.powi(steps));
    let adam = AdamRates {
        betas: config.betas.map(E::of),
        rests: config.betas.map(|beta| E::of(1.0 - beta)),
        corrections: [E::of(correction(config.betas[0])), E::of(correction(config.betas[1]).sqrt())],
        epsilon: E::of(config.eps),
    };
    in_parts(parameter, gradient, moments, |parameter, gradient, [means, squares]| {
        adam_steps(set, rates, adam, parameter, gradient, means, squares);
    });
}

/// RMSprop, without momentum and not centered.
#[once]
pub(super) fn rmsprop<E: Element>(config: &RMSpropConfig, parameter: &mut [E], gradient: &mut [E], squares: &mut [E]) {
    let (set, rates) = (InstructionSet::best(), Rates::new(config.lr, config.weight_decay));
    let besides = RMSpropRates::new(config);
    in_parts(parameter, gradient, [squares], |parameter, gradient, [squares]| {
        rmsprop_steps(set, rates, besides, parameter, gradient, squares);
    });
}

/// RMSprop with momentum, or centered, or both. `moments` are the mean of squares, the velocity and the mean of gradients.
#[once]
pub(super) fn rmsprop_with_means<E: Element>(
    config: &RMSpropConfig,
    parameter: &mut [E],
    gradient: &mut [E],
    moments: [&mut [E]; 3],
) {
    let (set, rates) = (InstructionSet::best(), Rates::new(config.lr, config.weight_decay));
    let besides = RMSpropRates::new(config);
    in_parts(parameter, gradient, moments, |parameter, gradient, moments| {
        rmsprop_steps_with_means(set, rates, besides, parameter, gradient, moments);
    });
}

/// The slices that one task works on.
struct Part<'a, E, const N: usize> {
    parameter: &'a mut [E],
    gradient: &'a mut [E],
    moments: [&'a mut [E]; N],
}

/// Passes slices of the same length to `task`, part by part, in parallel.
fn in_parts<E: Element, const N: usize>(
    parameter: &mut [E],
    gradient: &mut [E],
    moments: [&mut [E]; N],
    task: impl Fn(&mut [E], &mut [E], [&mut [E]; N]) + Send + Sync,
) {
    for moments in &moments {
        assert_eq!(moments.len(), parameter.len(), "as many numbers are remembered as there are");
    }
    let mut moments = moments.map(|moments| moments.chunks_mut(ELEMENTWISE));
    let pairs = parameter.chunks_mut(ELEMENTWISE).zip(gradient.chunks_mut(ELEMENTWISE));
    let parts = pairs.map(|(parameter, gradient)| {
        let moments = moments.each_mut().map(|moments| moments.next().expect("they are of the same length"));
        Part { parameter, gradient, moments }
    });
    let mut parts: Vec<Part<'_, E, N>> = parts.collect();
    for_each_chunk(
        &mut parts,
        1,
        ELEMENTWISE,
        || (),
        |(), _, parts| {
            for Part { parameter, gradient, moments } in parts {
                task(parameter, gradient, moments.each_mut().map(|moments| &mut **moments));
            }
        },
    );
}

// The square of a gradient may overflow or underflow although its share of the mean doesn't, so it is never computed by itself.
vectorized! {
    fn sgd_steps<E, const FUSES: bool>(rates: Rates<E>, parameter: &mut [E], gradient: &mut [E]) {
        for (p, gradient) in parameter.iter_mut().zip(gradient) {
            let g = rates.gradient::<FUSES>(*p, *gradient);
            *p = rates.step::<FUSES>(*p, g);
            *gradient = E::zero();
        }
    }

    fn momentum_steps<E, const FUSES: bool>(
        rates: Rates<E>,
        factor: E,
        nesterov: bool,
        parameter: &mut [E],
        gradient: &mut [E],
        velocity: &mut [E],
    ) {
        for ((p, gradient), v) in parameter.iter_mut().zip(gradient).zip(velocity) {
            let g = rates.gradient::<FUSES>(*p, *gradient);
            *v = multiply_add::<E, FUSES>(factor, *v, g);
            let direction = if nesterov { multiply_add::<E, FUSES>(factor, *v, g) } else { *v };
            *p = rates.step::<FUSES>(*p, direction);
            *gradient = E::zero();
        }
    }

    fn adam_steps<E, const FUSES: bool>(
        rates: Rates<E>,
        adam: AdamRates<E>,
        parameter: &mut [E],
        gradient: &mut [E],
        means: &mut [E],
        squares: &mut [E],
    ) {
        for (((p, gradient), m), v) in parameter.iter_mut().zip(gradient).zip(means).zip(squares) {
            let g = rates.gradient::<FUSES>(*p, *gradient);
            *m = multiply_add::<E, FUSES>(adam.betas[0], *m, adam.rests[0] * g);
            *v = multiply_add::<E, FUSES>(adam.betas[1], *v, adam.rests[1] * g * g);
            let deviation = v.sqrt() * adam.corrections[1] + adam.epsilon;
            *p = rates.step::<FUSES>(*p, *m / deviation * adam.corrections[0]);
            *gradient = E::zero();
        }
    }

    fn rmsprop_steps<E, const FUSES: bool>(
        rates: Rates<E>,
        besides: RMSpropRates<E>,
        parameter: &mut [E],
        gradient: &mut [E],
        squares: &mut [E],
    ) {
        for ((p, gradient), s) in parameter.iter_mut().zip(gradient).zip(squares) {
            let g = rates.gradient::<FUSES>(*p, *gradient);
            *s = multiply_add::<E, FUSES>(besides.alpha, *s, besides.rest * g * g);
            *p = rates.step::<FUSES>(*p, g / (*s + besides.epsilon).sqrt());
            *gradient = E::zero();
        }
    }

    fn rmsprop_steps_with_means<E, const FUSES: bool>(
        rates: Rates<E>,
        besides: RMSpropRates<E>,
        parameter: &mut [E],
        gradient: &mut [E],
        moments: [&mut [E]; 3],
    ) {
        let [squares, velocity, means] = moments;
        let moments = squares.iter_mut().zip(velocity).zip(means);
        for ((p, gradient), ((s, v), m)) in parameter.iter_mut().zip(gradient).zip(moments) {
            let g = rates.gradient::<FUSES>(*p, *gradient);
            *s = multiply_add::<E, FUSES>(besides.alpha, *s, besides.rest * g * g);
            *m = multiply_add::<E, FUSES>(besides.rest, g - *m, *m);
            let variance = if besides.centered { *s - *m * *m } else { *s };
            *v = multiply_add::<E, FUSES>(besides.momentum, *v, g / (variance + besides.epsilon).sqrt());
            *p = rates.step::<FUSES>(*p, *v);
            *gradient = E::zero();
        }
    }
}
