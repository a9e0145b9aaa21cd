//! Addition, element by element.

use crate::ops::Element;
use crate::ops::once::once;
use crate::ops::parallel::{ELEMENTWISE, for_each_chunk};

/// Writes the sums.
#[once]
pub(super) fn forward<E: Element>(a: &[E], b: &[E], output: &mut [E]) {
    for_each_chunk(
        output,
        ELEMENTWISE,
        ELEMENTWISE,
        || (),
        |(), number, output| {
            let terms = a[number * ELEMENTWISE..].iter().zip(&b[number * ELEMENTWISE..]);
            output.iter_mut().zip(terms).for_each(|(output, (&a, &b))| *output = a + b);
        },
    );
}

/// Adds each value to the element of `to` at its position.
#[once]
pub(super) fn add<E: Element>(values: &[E], to: &mut [E]) {
    for_each_chunk(
        to,
        ELEMENTWISE,
        ELEMENTWISE,
        || (),
        |(), number, to| {
            let values = &values[number * ELEMENTWISE..];
            to.iter_mut().zip(values).for_each(|(to, &value)| *to += value);
        },
    );
}
