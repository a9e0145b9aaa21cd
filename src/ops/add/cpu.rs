//! Addition, element by element.

use crate::ops::Element;
use crate::ops::parallel::{ELEMENTWISE, for_each_chunk};

/// Writes the sums.
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

/// Adds to the gradient of a term.
pub(super) fn term_gradient<E: Element>(upstream: &[E], gradient: &mut [E]) {
    for_each_chunk(
        gradient,
        ELEMENTWISE,
        ELEMENTWISE,
        || (),
        |(), number, gradient| {
            let upstream = &upstream[number * ELEMENTWISE..];
            gradient.iter_mut().zip(upstream).for_each(|(gradient, &upstream)| *gradient += upstream);
        },
    );
}
