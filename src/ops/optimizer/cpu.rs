//! The steps of optimizers, in one pass over a parameter, its gradient and its moments.

use super::Rule;
use super::rules::{Formula, WithFormula};
use crate::ops::Element;
use crate::ops::arithmetic::Number;
use crate::ops::once::once;
use crate::ops::parallel::{ELEMENTWISE, for_each_chunk};
use crate::ops::vectorized::{InstructionSet, vectorized};

/// The number of moments of a rule, and what they are before the first step.
pub(super) fn moments(rule: &Rule) -> (usize, [f64; 3]) {
    struct Moments;

    impl WithFormula for Moments {
        type Output = (usize, [f64; 3]);

        fn run<F: Formula>(self, _: F) -> Self::Output {
            (F::MOMENTS, F::INITIAL)
        }
    }

    rule.with(1, Moments)
}

/// A step of a parameter, and of the moments that the rule uses; the others are empty. `steps` includes the current step. The
/// gradient is zero afterwards.
#[once]
pub(super) fn optimize<E: Element>(
    rule: &Rule,
    steps: i32,
    parameter: &mut [E],
    gradient: &mut [E],
    moments: [&mut [E]; 3],
) {
    rule.with(steps, Optimize(Part { parameter, gradient, moments }));
}

/// The slices that one task works on.
struct Part<'a, E> {
    parameter: &'a mut [E],
    gradient: &'a mut [E],
    moments: [&'a mut [E]; 3],
}

struct Optimize<'a, E>(Part<'a, E>);

impl<E: Element> WithFormula for Optimize<'_, E> {
    type Output = ();

    fn run<F: Formula>(self, formula: F) {
        let (set, Part { parameter, gradient, moments }) = (InstructionSet::best(), self.0);
        for moment in &moments[..F::MOMENTS] {
            assert_eq!(moment.len(), parameter.len(), "as many elements are remembered as there are");
        }
        let mut moments = moments.map(|moment| moment.chunks_mut(ELEMENTWISE));
        let pairs = parameter.chunks_mut(ELEMENTWISE).zip(gradient.chunks_mut(ELEMENTWISE));
        let parts = pairs.map(|(parameter, gradient)| {
            let moments = moments.each_mut().map(|moment| moment.next().unwrap_or_default());
            Part { parameter, gradient, moments }
        });
        let mut parts: Vec<Part<'_, E>> = parts.collect();
        for_each_chunk(
            &mut parts,
            1,
            ELEMENTWISE,
            || (),
            |(), _, parts| {
                for Part { parameter, gradient, moments } in parts {
                    steps(set, formula, parameter, gradient, moments.each_mut().map(|moment| &mut **moment));
                }
            },
        );
    }
}

vectorized! {
    fn steps<E, const FUSES: bool>(
        formula: impl Formula,
        parameter: &mut [E],
        gradient: &mut [E],
        moments: [&mut [E]; 3],
    ) {
        let step = |p: &mut E, gradient: &mut E, moments: [&mut E; 3]| {
            let before = moments.each_ref().map(|moment| Number::<E, FUSES>(**moment));
            let (next, after) = formula.step(Number::<E, FUSES>(*p), Number(*gradient), before);
            moments.into_iter().zip(after).for_each(|(moment, Number(after))| *moment = after);
            (*p, *gradient) = (next.0, E::zero());
        };
        let [first, second, third] = moments;
        let mut none = [E::zero(); 3];
        let [a, b, c] = &mut none;
        match moments_of(&formula) {
            0 => parameter.iter_mut().zip(gradient).for_each(|(p, g)| step(p, g, [&mut *a, &mut *b, &mut *c])),
            1 => {
                let moments = parameter.iter_mut().zip(gradient).zip(first);
                moments.for_each(|((p, g), first)| step(p, g, [first, &mut *b, &mut *c]));
            }
            2 => {
                let moments = parameter.iter_mut().zip(gradient).zip(first).zip(second);
                moments.for_each(|(((p, g), first), second)| step(p, g, [first, second, &mut *c]));
            }
            _ => {
                let moments = parameter.iter_mut().zip(gradient).zip(first).zip(second).zip(third);
                moments.for_each(|((((p, g), first), second), third)| step(p, g, [first, second, third]));
            }
        }
    }
}

#[inline(always)]
fn moments_of<F: Formula>(_: &F) -> usize {
    F::MOMENTS
}
