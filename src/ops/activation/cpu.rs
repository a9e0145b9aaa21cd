//! Activations and their derivatives, element by element.

use super::Function;
use crate::ops::Element;
use crate::ops::parallel::{ELEMENTWISE, for_each_chunk};

/// How many elementary steps a hyperbolic tangent or an exponential takes, about.
const TRANSCENDENTAL: usize = 8;

/// Whether the derivative is computed from the output rather than from the input.
pub(super) fn derives_from_output(activation: Function) -> bool {
    matches!(activation, Function::Relu | Function::Relu6 | Function::Sigmoid | Function::Tanh)
}

/// Writes the function of each element.
pub(in crate::ops) fn forward<E: Element>(activation: Function, input: &[E], output: &mut [E]) {
    let zero = E::zero();
    match activation {
        // Written so that a NaN stays one.
        Function::Relu => map(1, input, output, move |x| if x <= zero { zero } else { x }),
        Function::LeakyRelu { negative_slope } => {
            let slope = E::of(negative_slope);
            map(1, input, output, move |x| if x > zero { x } else { x * slope });
        }
        Function::Gelu => map(TRANSCENDENTAL, input, output, move |x| x * normal_distribution(x)),
        Function::GeluTanh => {
            map(TRANSCENDENTAL, input, output, move |x| E::of(0.5) * x * (E::one() + gelu_argument(x).0.tanh()))
        }
        Function::Sigmoid => map(TRANSCENDENTAL, input, output, sigmoid),
        Function::Tanh => map(TRANSCENDENTAL, input, output, E::tanh),
        Function::Silu => map(TRANSCENDENTAL, input, output, move |x| x * sigmoid(x)),
        Function::Relu6 => map(1, input, output, move |x| clamp(x, E::of(6.0))),
        Function::Hardsigmoid => map(1, input, output, hardsigmoid),
        Function::Hardswish => map(1, input, output, move |x| x * hardsigmoid(x)),
    }
}

/// Adds to the gradient of the input; `kept` is the output where the derivative comes from that, else the input.
pub(super) fn input_gradient<E: Element>(activation: Function, kept: &[E], upstream: &[E], gradient: &mut [E]) {
    let (zero, one) = (E::zero(), E::one());
    match activation {
        Function::Relu => propagate(1, kept, upstream, gradient, move |y| if y <= zero { zero } else { one }),
        Function::LeakyRelu { negative_slope } => {
            let slope = E::of(negative_slope);
            propagate(1, kept, upstream, gradient, move |x| if x > zero { one } else { slope });
        }
        Function::Gelu => propagate(TRANSCENDENTAL, kept, upstream, gradient, move |x| {
            let density = (-E::of(0.5) * x * x).exp() * E::FRAC_1_SQRT_2() * E::of(0.5) * E::FRAC_2_SQRT_PI();
            normal_distribution(x) + x * density
        }),
        Function::GeluTanh => propagate(TRANSCENDENTAL, kept, upstream, gradient, move |x| {
            let (argument, slope) = gelu_argument(x);
            let tanh = argument.tanh();
            E::of(0.5) * (one + tanh + x * (one - tanh * tanh) * slope)
        }),
        Function::Sigmoid => propagate(1, kept, upstream, gradient, move |y| y * (one - y)),
        Function::Tanh => propagate(1, kept, upstream, gradient, move |y| one - y * y),
        Function::Silu => propagate(TRANSCENDENTAL, kept, upstream, gradient, move |x| {
            let sigmoid = sigmoid(x);
            sigmoid * (one + x * (one - sigmoid))
        }),
        Function::Relu6 => {
            let six = E::of(6.0);
            propagate(1, kept, upstream, gradient, move |y| if y <= zero || y >= six { zero } else { one });
        }
        Function::Hardsigmoid => {
            let (three, slope) = (E::of(3.0), E::of(1.0 / 6.0));
            propagate(1, kept, upstream, gradient, move |x| if x.abs() < three { slope } else { zero });
        }
        Function::Hardswish => {
            let (three, half) = (E::of(3.0), E::of(0.5));
            propagate(1, kept, upstream, gradient, move |x| match () {
                () if x <= -three => zero,
                () if x < three => x / three + half,
                () => one,
            });
        }
    }
}

/// The distribution function of the standard normal distribution.
fn normal_distribution<E: Element>(x: E) -> E {
    E::of(0.5) * (E::one() + (x * E::FRAC_1_SQRT_2()).erf())
}

fn sigmoid<E: Element>(x: E) -> E {
    E::one() / (E::one() + (-x).exp())
}

/// The number, at least 0 and at most `most`, written so that a NaN stays one.
fn clamp<E: Element>(x: E, most: E) -> E {
    match () {
        () if x <= E::zero() => E::zero(),
        () if x >= most => most,
        () => x,
    }
}

fn hardsigmoid<E: Element>(x: E) -> E {
    clamp(x + E::of(3.0), E::of(6.0)) / E::of(6.0)
}

/// What GELU's approximation takes the hyperbolic tangent of, and the derivative of that.
fn gelu_argument<E: Element>(x: E) -> (E, E) {
    let (factor, cubic) = (E::of((2.0 / std::f64::consts::PI).sqrt()), E::of(0.044715));
    (factor * (x + cubic * x * x * x), factor * (E::one() + E::of(3.0) * cubic * x * x))
}

/// Writes a function of each element that takes about `steps` elementary steps.
fn map<E: Element>(steps: usize, input: &[E], output: &mut [E], function: impl Fn(E) -> E + Send + Sync) {
    for_each_chunk(
        output,
        ELEMENTWISE,
        steps * ELEMENTWISE,
        || (),
        |(), number, output| {
            output.iter_mut().zip(&input[number * ELEMENTWISE..]).for_each(|(output, &x)| *output = function(x));
        },
    );
}

/// Adds the output's gradient, times the derivative, to the input's.
fn propagate<E: Element>(
    steps: usize,
    kept: &[E],
    upstream: &[E],
    gradient: &mut [E],
    derivative: impl Fn(E) -> E + Send + Sync,
) {
    for_each_chunk(
        gradient,
        ELEMENTWISE,
        steps * ELEMENTWISE,
        || (),
        |(), number, gradient| {
            let pairs = kept[number * ELEMENTWISE..].iter().zip(&upstream[number * ELEMENTWISE..]);
            gradient
                .iter_mut()
                .zip(pairs)
                .for_each(|(gradient, (&kept, &upstream))| *gradient += upstream * derivative(kept));
        },
    );
}
