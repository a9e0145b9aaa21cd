//! Checks of the sizes that an operation is called with, without overflow, before other code relies on them.
//!
//! Kernels compute addresses from the sizes of a geometry, whose fields are public. Therefore each operation compares the lengths
//! of its tensors with products that can't overflow, and checks that the positions of each [`Window`](super::Window) don't
//! overflow.

use std::fmt::Debug;

/// The limit for a size, and for values computed from sizes: the greatest number of bytes that a slice may have.
const MOST: usize = isize::MAX as usize;

/// The product of the sizes, or `None` if it exceeds the length that a slice can have.
pub(crate) fn product(sizes: &[usize]) -> Option<usize> {
    if sizes.contains(&0) {
        return Some(0);
    }
    sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size)).filter(|&product| product <= MOST)
}

/// The number of positions from the first to the last, both included, that can be reached by repeated steps. Each pair is a count
/// of positions and the step between them. `None` if the number overflows.
pub(crate) fn span(steps: &[(usize, usize)]) -> Option<usize> {
    steps
        .iter()
        .try_fold(1_usize, |span, &(count, step)| span.checked_add(count.saturating_sub(1).checked_mul(step)?))
        .filter(|&span| span <= MOST)
}

/// Checks that a tensor has as many elements as its sizes say.
///
/// # Panics
/// If it has more or fewer.
#[track_caller]
pub(super) fn expect(what: &str, elements: usize, sizes: &[usize], geometry: &dyn Debug) {
    assert!(
        product(sizes) == Some(elements),
        "the {what} doesn't fit {geometry:?}: {sizes:?} elements are expected, but {elements} received"
    );
}

/// The number of elements of an input, which must be the product of its sizes.
pub(super) fn fit(
    what: &str,
    inputs: &[usize],
    number: usize,
    sizes: &[usize],
    geometry: &dyn Debug,
) -> Result<usize, String> {
    match inputs.get(number) {
        Some(&elements) if product(sizes) == Some(elements) => Ok(elements),
        Some(elements) => {
            let expected = format!("{sizes:?} elements are expected, but {elements} received");
            Err(format!("the {what} doesn't fit {geometry:?}: {expected}"))
        }
        None => Err(format!("the {what} of {geometry:?} is missing")),
    }
}

/// As [`fit`], of an operation's only input.
pub(super) fn fit_only(inputs: &[usize], sizes: &[usize], geometry: &dyn Debug) -> Result<usize, String> {
    if inputs.len() > 1 {
        return Err(format!("{geometry:?} takes one input, but {} were given", inputs.len()));
    }
    fit("input", inputs, 0, sizes, geometry)
}

/// As [`fit`], of an input that may be absent. None may follow it.
pub(super) fn fit_optional(
    what: &str,
    inputs: &[usize],
    number: usize,
    sizes: &[usize],
    geometry: &dyn Debug,
) -> Result<(), String> {
    if inputs.len() > number + 1 {
        return Err(format!("{geometry:?} has {} inputs too many", inputs.len() - number - 1));
    }
    if inputs.len() > number { fit(what, inputs, number, sizes, geometry).map(|_| ()) } else { Ok(()) }
}

/// The product of an output's sizes.
pub(super) fn count(sizes: &[usize], geometry: &dyn Debug) -> Result<usize, String> {
    product(sizes).ok_or_else(|| format!("the output of {geometry:?} has more elements than can be counted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_counted_has_no_product() {
        assert_eq!(product(&[]), Some(1));
        assert_eq!(product(&[3, 4, 5]), Some(60));
        assert_eq!(product(&[usize::MAX, 0, usize::MAX]), Some(0));
        assert_eq!(product(&[1 << 32, 1 << 32]), None, "it would wrap to 0");
        assert_eq!(product(&[1 << 62, 2]), None, "no slice is as long");
    }

    #[test]
    fn spans_reach_to_the_last_position() {
        assert_eq!(span(&[(4, 2), (3, 5)]), Some(17));
        assert_eq!(span(&[(0, 7), (1, usize::MAX)]), Some(1));
        assert_eq!(span(&[(4, 6148914691236517206)]), None, "it would wrap to 3");
        assert_eq!(span(&[(2, MOST / 2), (2, MOST / 2 + 1)]), None);
    }
}
