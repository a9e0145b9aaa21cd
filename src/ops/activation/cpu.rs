//! Activations and their derivatives, element by element.

use super::Function;
use super::formulas::{self, Formula};
use crate::ops::Element;
use crate::ops::once::once;
use crate::ops::parallel::{ELEMENTWISE, for_each_chunk};
use crate::ops::vectorized::{InstructionSet, vectorized};

/// Evaluates an expression with the formula of an activation, whose type depends on the activation.
macro_rules! with_formula {
    ($activation:expr, $formula:ident => $result:expr) => {{
        macro_rules! with {
            ($value:expr) => {{
                let $formula = $value;
                $result
            }};
        }
        match $activation {
            Function::Relu => with!(formulas::Relu),
            Function::LeakyRelu { negative_slope } => with!(formulas::LeakyRelu { negative_slope }),
            Function::Gelu => with!(formulas::Gelu),
            Function::GeluTanh => with!(formulas::GeluTanh),
            Function::Sigmoid => with!(formulas::Sigmoid),
            Function::Tanh => with!(formulas::Tanh),
            Function::Silu => with!(formulas::Silu),
            Function::Relu6 => with!(formulas::Relu6),
            Function::Hardsigmoid => with!(formulas::Hardsigmoid),
            Function::Hardswish => with!(formulas::Hardswish),
        }
    }};
}

/// Whether the derivative is computed from the output rather than from the input.
pub(super) fn derives_from_output(activation: Function) -> bool {
    fn from_output<F: Formula>(_: F) -> bool {
        F::FROM_OUTPUT
    }
    with_formula!(activation, formula => from_output(formula))
}

/// Writes the activation of each element.
#[once]
pub(super) fn forward<E: Element>(activation: Function, input: &[E], output: &mut [E]) {
    with_formula!(activation, formula => each(formula, output, |set, number, output| {
        values(set, formula, &input[number * ELEMENTWISE..], output);
    }));
}

/// Replaces each element by its activation, on this thread alone, with the given instruction set.
#[once]
pub(crate) fn apply<E: Element>(set: InstructionSet, activation: Function, numbers: &mut [E]) {
    with_formula!(activation, formula => values_in_place(set, formula, numbers));
}

/// Adds to the gradient of the input. `kept` is the output if the derivative is computed from it, otherwise the input.
#[once]
pub(super) fn input_gradient<E: Element>(activation: Function, kept: &[E], upstream: &[E], gradient: &mut [E]) {
    with_formula!(activation, formula => propagate(formula, kept, upstream, gradient));
}

/// Calls `task` with each chunk of elements and its number.
fn each<E: Element, F: Formula>(_: F, data: &mut [E], task: impl Fn(InstructionSet, usize, &mut [E]) + Sync) {
    let set = InstructionSet::best();
    for_each_chunk(data, ELEMENTWISE, F::STEPS * ELEMENTWISE, || (), |(), number, data| task(set, number, data));
}

/// Multiplies the output's gradient by the derivative, and adds it to the input's gradient.
fn propagate<E: Element, F: Formula>(formula: F, kept: &[E], upstream: &[E], gradient: &mut [E]) {
    let set = InstructionSet::best();
    let steps = if F::FROM_OUTPUT { 1 } else { F::STEPS };
    for_each_chunk(
        gradient,
        ELEMENTWISE,
        steps * ELEMENTWISE,
        || (),
        |(), number, gradient| {
            let (kept, upstream) = (&kept[number * ELEMENTWISE..], &upstream[number * ELEMENTWISE..]);
            derivatives(set, formula, kept, upstream, gradient);
        },
    );
}

vectorized! {
    /// Writes the activation of each element of a chunk.
    fn values<E, const FUSES: bool>(formula: impl Formula, input: &[E], output: &mut [E]) {
        for (output, &x) in output.iter_mut().zip(input) {
            *output = formula.value::<E, FUSES>(x);
        }
    }

    /// Replaces each element of a chunk by its activation.
    fn values_in_place<E, const FUSES: bool>(formula: impl Formula, numbers: &mut [E]) {
        // The elements are copied first: otherwise the compiler would use masked stores for the unchanged ones, which are slow.
        let mut before = [E::zero(); 128];
        for numbers in numbers.chunks_mut(before.len()) {
            let before = &mut before[..numbers.len()];
            before.copy_from_slice(numbers);
            for (number, &x) in numbers.iter_mut().zip(&*before) {
                *number = formula.value::<E, FUSES>(x);
            }
        }
    }

    /// Adds to the gradients of a chunk.
    fn derivatives<E, const FUSES: bool>(formula: impl Formula, kept: &[E], upstream: &[E], gradient: &mut [E]) {
        for ((gradient, &kept), &upstream) in gradient.iter_mut().zip(kept).zip(upstream) {
            *gradient += upstream * formula.derivative::<E, FUSES>(kept);
        }
    }
}
