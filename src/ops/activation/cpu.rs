//! Activations and their derivatives, element by element.

use super::Activation;
use crate::ops::Element;
use crate::ops::parallel::{ELEMENTWISE, for_each_chunk};

/// How many elementary steps a hyperbolic tangent or an exponential takes, about.
const TRANSCENDENTAL: usize = 8;

/// Whether the derivative is computed from the output rather than from the input.
pub(super) fn derives_from_output(activation: Activation) -> bool {
    matches!(activation, Activation::Relu | Activation::Sigmoid | Activation::Tanh)
}

/// Writes the function of each element.
pub(super) fn forward<E: Element>(activation: Activation, input: &[E], output: &mut [E]) {
    let zero = E::zero();
    match activation {
        // Written so that a NaN stays one.
        Activation::Relu => map(1, input, output, |x| if x <= zero { zero } else { x }),
        Activation::LeakyRelu { negative_slope } => {
            let slope = E::of(negative_slope);
            map(1, input, output, |x| if x > zero { x } else { x * slope });
        }
        Activation::Gelu => unreachable!("exact GELU has no kernel"),
        Activation::GeluTanh => {
            map(TRANSCENDENTAL, input, output, |x| E::of(0.5) * x * (E::one() + gelu_argument(x).0.tanh()))
        }
        Activation::Sigmoid => map(TRANSCENDENTAL, input, output, sigmoid),
        Activation::Tanh => map(TRANSCENDENTAL, input, output, E::tanh),
        Activation::Silu => map(TRANSCENDENTAL, input, output, |x| x * sigmoid(x)),
    }
}

/// Adds to the gradient of the input; `kept` is the output where the derivative comes from that, else the input.
pub(super) fn input_gradient<E: Element>(activation: Activation, kept: &[E], upstream: &[E], gradient: &mut [E]) {
    let (zero, one) = (E::zero(), E::one());
    match activation {
        Activation::Relu => propagate(1, kept, upstream, gradient, |y| if y <= zero { zero } else { one }),
        Activation::LeakyRelu { negative_slope } => {
            let slope = E::of(negative_slope);
            propagate(1, kept, upstream, gradient, |x| if x > zero { one } else { slope });
        }
        Activation::Gelu => unreachable!("exact GELU has no kernel"),
        Activation::GeluTanh => propagate(TRANSCENDENTAL, kept, upstream, gradient, |x| {
            let (argument, slope) = gelu_argument(x);
            let tanh = argument.tanh();
            E::of(0.5) * (one + tanh + x * (one - tanh * tanh) * slope)
        }),
        Activation::Sigmoid => propagate(1, kept, upstream, gradient, |y| y * (one - y)),
        Activation::Tanh => propagate(1, kept, upstream, gradient, |y| one - y * y),
        Activation::Silu => propagate(TRANSCENDENTAL, kept, upstream, gradient, |x| {
            let sigmoid = sigmoid(x);
            sigmoid * (one + x * (one - sigmoid))
        }),
    }
}

fn sigmoid<E: Element>(x: E) -> E {
    E::one() / (E::one() + (-x).exp())
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
