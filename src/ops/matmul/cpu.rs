//! Products of matrices: as one product where all have the same right matrix, else one after the other, or on several threads.

use super::MatmulGeometry;
use crate::ops::Element;
use crate::ops::matrix::{Matrix, Write, multiply};
use crate::ops::parallel::{PRODUCTS_PER_STEP, for_each_chunk};

/// The matrix of a batch with that number, of which there may be one for all.
fn matrix<E: Element>(data: &[E], is_shared: bool, number: usize, rows: usize, columns: usize) -> Matrix<'_, E> {
    let start = if is_shared { 0 } else { number * rows * columns };
    Matrix::new(&data[start..][..rows * columns], rows, columns)
}

/// Calls `task` with each matrix of `data` and its number.
fn each<E: Element>(geometry: &MatmulGeometry, data: &mut [E], task: impl Fn(usize, &mut [E]) + Sync) {
    let &MatmulGeometry { batch, rows, inner, columns, .. } = geometry;
    let length = (data.len() / batch.max(1)).max(1);
    let steps = rows * inner * columns / PRODUCTS_PER_STEP;
    for_each_chunk(data, length, steps, || (), |(), number, data| task(number, data));
}

/// Writes the products.
pub(super) fn forward<E: Element>(geometry: &MatmulGeometry, left: &[E], right: &[E], output: &mut [E]) {
    let &MatmulGeometry { batch, rows, inner, columns, shares_left, shares_right } = geometry;
    if shares_right && !shares_left {
        let (left, right) = (Matrix::new(left, batch * rows, inner), Matrix::new(right, inner, columns));
        return multiply(left, right, output, columns, Write::Replace);
    }
    each(geometry, output, |number, output| {
        let left = matrix(left, shares_left, number, rows, inner);
        multiply(left, matrix(right, shares_right, number, inner, columns), output, columns, Write::Replace);
    });
}

/// Adds to the gradient of the left matrices: the gradient of the output times the transposed right matrices.
pub(super) fn left_gradient<E: Element>(geometry: &MatmulGeometry, right: &[E], upstream: &[E], gradient: &mut [E]) {
    let &MatmulGeometry { batch, rows, inner, columns, shares_left, shares_right } = geometry;
    if shares_right && !shares_left {
        let (upstream, right) = (Matrix::new(upstream, batch * rows, columns), Matrix::new(right, inner, columns));
        return multiply(upstream, right.transposed(), gradient, inner, Write::Add);
    }
    let add = |number: usize, gradient: &mut [E]| {
        let upstream = matrix(upstream, false, number, rows, columns);
        let right = matrix(right, shares_right, number, inner, columns).transposed();
        multiply(upstream, right, gradient, inner, Write::Add);
    };
    if shares_left {
        return (0..batch).for_each(|number| add(number, gradient));
    }
    each(geometry, gradient, add);
}

/// Adds to the gradient of the right matrices: the transposed left matrices times the gradient of the output.
pub(super) fn right_gradient<E: Element>(geometry: &MatmulGeometry, left: &[E], upstream: &[E], gradient: &mut [E]) {
    let &MatmulGeometry { batch, rows, inner, columns, shares_left, shares_right } = geometry;
    if shares_right && !shares_left {
        let (left, upstream) = (Matrix::new(left, batch * rows, inner), Matrix::new(upstream, batch * rows, columns));
        return multiply(left.transposed(), upstream, gradient, columns, Write::Add);
    }
    let add = |number: usize, gradient: &mut [E]| {
        let left = matrix(left, shares_left, number, rows, inner).transposed();
        multiply(left, matrix(upstream, false, number, rows, columns), gradient, columns, Write::Add);
    };
    if shares_right {
        return (0..batch).for_each(|number| add(number, gradient));
    }
    each(geometry, gradient, add);
}
