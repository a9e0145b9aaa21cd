//! The sizes that an operation is called with, counted without overflow before anything relies on them.
//!
//! Kernels compute addresses from the sizes of a geometry, whose fields are public. So each operation compares the lengths of its
//! tensors with products that can't wrap, and asks each [`Window`](super::Window) whether its positions can be counted.

use std::fmt::Debug;

/// The greatest number that a size, or what is computed from sizes, may be: that of the bytes of a slice.
const MOST: usize = isize::MAX as usize;

/// The product of some sizes, if a slice can be as long.
pub(crate) fn product(sizes: &[usize]) -> Option<usize> {
    if sizes.contains(&0) {
        return Some(0);
    }
    sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size)).filter(|&product| product <= MOST)
}

/// How many positions lie between the first of some repeated steps and the last, for each of some pairs of a count and a step;
/// the last one included. `None` if they can't be counted.
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
