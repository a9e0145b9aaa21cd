//! The affine transformation as one matrix product, or as matrix-vector products if there are few rows.

use super::LinearGeometry;
use crate::ops::Element;
use crate::ops::choice::{asked, take};
use crate::ops::matrix::{Matrix, Write, multiply};
use crate::ops::matrix_vector::add_matrix_vector;
use crate::ops::once::once;
use crate::ops::sizes::expect;
use crate::ops::sums::add_lines;

/// Up to this number of rows are transformed one by one: rearranging the weight for a matrix product doesn't pay off.
const FEW: usize = 3;

/// Writes the transformed rows.
#[once]
pub(super) fn forward<E: Element>(
    geometry: &LinearGeometry,
    input: &[E],
    weight: &[E],
    bias: Option<&[E]>,
    output: &mut [E],
) {
    let LinearGeometry { rows, inputs, outputs } = *geometry;
    expect("input", input.len(), &[rows, inputs], geometry);
    expect("weight", weight.len(), &[outputs, inputs], geometry);
    expect("output", output.len(), &[rows, outputs], geometry);
    let write = match bias {
        None => Write::Replace,
        Some(bias) => {
            expect("bias", bias.len(), &[outputs], geometry);
            output.chunks_exact_mut(outputs.max(1)).for_each(|row| row.copy_from_slice(bias));
            Write::Add
        }
    };
    let by_rows = asked().rows.unwrap_or(rows <= FEW);
    take(if by_rows { "rows" } else { "products" });
    if by_rows {
        if write == Write::Replace {
            output.fill(E::zero());
        }
        let rows = input.chunks_exact(inputs.max(1)).zip(output.chunks_exact_mut(outputs.max(1)));
        return rows.for_each(|(input, output)| add_matrix_vector(weight, input, output));
    }
    let (input, weight) = (Matrix::new(input, rows, inputs), Matrix::new(weight, outputs, inputs));
    multiply(input, weight.transposed(), output, outputs, write);
}

/// Adds to the gradient of the input.
#[once]
pub(super) fn input_gradient<E: Element>(geometry: &LinearGeometry, weight: &[E], upstream: &[E], gradient: &mut [E]) {
    let LinearGeometry { rows, inputs, outputs } = *geometry;
    let (upstream, weight) = (Matrix::new(upstream, rows, outputs), Matrix::new(weight, outputs, inputs));
    multiply(upstream, weight, gradient, inputs, Write::Add);
}

/// Adds to the gradient of the weight.
#[once]
pub(super) fn weight_gradient<E: Element>(geometry: &LinearGeometry, input: &[E], upstream: &[E], gradient: &mut [E]) {
    let LinearGeometry { rows, inputs, outputs } = *geometry;
    let (upstream, input) = (Matrix::new(upstream, rows, outputs), Matrix::new(input, rows, inputs));
    multiply(upstream.transposed(), input, gradient, inputs, Write::Add);
}

/// Adds to the gradient of the bias.
#[once]
pub(super) fn bias_gradient<E: Element>(geometry: &LinearGeometry, upstream: &[E], gradient: &mut [E]) {
    add_lines(upstream.chunks_exact(geometry.outputs.max(1)), gradient);
}
