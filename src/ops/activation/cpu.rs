//! Functions and their derivatives, element by element.

use super::Function;
use super::formula::{Formula, WithFormula};
use crate::ops::Element;
use crate::ops::arithmetic::Number;
use crate::ops::once::once;
use crate::ops::parallel::{ELEMENTWISE, for_each_chunk};
use crate::ops::vectorized::{InstructionSet, vectorized};

/// Whether the derivative is computed from the output rather than from the input.
pub(super) fn derives_from_output(function: Function) -> bool {
    struct FromOutput;

    impl WithFormula for FromOutput {
        type Output = bool;

        fn run<F: Formula>(self, _: F) -> bool {
            F::FROM_OUTPUT
        }
    }

    function.with(FromOutput)
}

/// Writes the function of each element.
pub(super) fn forward<E: Element>(function: Function, input: &[E], output: &mut [E]) {
    struct Forward<'a, E>(&'a [E], &'a mut [E]);

    impl<E: Element> WithFormula for Forward<'_, E> {
        type Output = ();

        fn run<F: Formula>(self, formula: F) {
            let (Forward(input, output), set) = (self, InstructionSet::best());
            for_each_chunk(
                output,
                ELEMENTWISE,
                F::STEPS * ELEMENTWISE,
                || (),
                |(), number, output| values(set, formula, &input[number * ELEMENTWISE..], output),
            );
        }
    }

    function.with(Forward(input, output));
}

/// Replaces each element by its function, on this thread alone, with the given instruction set.
#[once]
pub(crate) fn apply<E: Element>(set: InstructionSet, function: Function, elements: &mut [E]) {
    struct InPlace<'a, E>(InstructionSet, &'a mut [E]);

    impl<E: Element> WithFormula for InPlace<'_, E> {
        type Output = ();

        fn run<F: Formula>(self, formula: F) {
            values_in_place(self.0, formula, self.1);
        }
    }

    function.with(InPlace(set, elements));
}

/// Multiplies the output's gradient by the derivative, and adds it to the gradient of the input. `kept` is the output if the
/// derivative is computed from it, otherwise the input.
pub(super) fn input_gradient<E: Element>(function: Function, kept: &[E], upstream: &[E], gradient: &mut [E]) {
    struct Backward<'a, E>(&'a [E], &'a [E], &'a mut [E]);

    impl<E: Element> WithFormula for Backward<'_, E> {
        type Output = ();

        fn run<F: Formula>(self, formula: F) {
            let (Backward(kept, upstream, gradient), set) = (self, InstructionSet::best());
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
    }

    function.with(Backward(kept, upstream, gradient));
}

vectorized! {
    /// Writes the function of each element of a chunk.
    fn values<E, const FUSES: bool>(formula: impl Formula, input: &[E], output: &mut [E]) {
        for (output, &x) in output.iter_mut().zip(input) {
            *output = formula.value(Number::<E, FUSES>(x)).0;
        }
    }

    /// Replaces each element of a chunk by its function.
    fn values_in_place<E, const FUSES: bool>(formula: impl Formula, elements: &mut [E]) {
        // The elements are copied first: otherwise the compiler would use masked stores for the unchanged ones, which are slow.
        let mut before = [E::zero(); 128];
        for elements in elements.chunks_mut(before.len()) {
            let before = &mut before[..elements.len()];
            before.copy_from_slice(elements);
            for (element, &x) in elements.iter_mut().zip(&*before) {
                *element = formula.value(Number::<E, FUSES>(x)).0;
            }
        }
    }

    /// Adds to the gradients of a chunk.
    fn derivatives<E, const FUSES: bool>(formula: impl Formula, kept: &[E], upstream: &[E], gradient: &mut [E]) {
        for ((gradient, &kept), &upstream) in gradient.iter_mut().zip(kept).zip(upstream) {
            *gradient += upstream * formula.derivative(Number::<E, FUSES>(kept)).0;
        }
    }
}
