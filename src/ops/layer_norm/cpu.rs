//! Layer normalization, row by row.

use super::LayerNormGeometry;
use crate::ops::Element;
use crate::ops::parallel::{BATCH_PARTS, for_each_chunk};
use crate::ops::sums::{Cascade, add_lines, dot, sum, sum_of};
use crate::ops::vectorized::{InstructionSet, multiply_add, vectorized};

/// The mean of a row, and the inverse of its standard deviation. The mean is corrected by the mean deviation from it, so that it is
/// right for rows of nearly equal elements.
fn statistics<E: Element>(geometry: &LayerNormGeometry, row: &[E]) -> (E, E) {
    let width = E::of(geometry.width as f64);
    let near = sum(row) / width;
    let correction = sum_of(row, row, |x, _| x - near) / width;
    let mean = near + correction;
    let variance = sum_of(row, row, |x, _| (x - mean) * (x - mean)) / width;
    (mean, E::one() / (variance + E::of(geometry.epsilon)).sqrt())
}

/// Writes the normalized rows.
pub(super) fn forward<E: Element>(
    geometry: &LayerNormGeometry,
    input: &[E],
    weight: Option<&[E]>,
    bias: Option<&[E]>,
    output: &mut [E],
) {
    let (width, set) = (geometry.width, InstructionSet::best());
    for_each_chunk(
        output,
        width,
        4 * width,
        || (),
        |(), row, output| {
            let input = &input[row * width..][..width];
            let (mean, scale) = statistics(geometry, input);
            normalize(set, mean, scale, input, weight.unwrap_or(&[]), bias.unwrap_or(&[]), output);
        },
    );
}

/// Adds to the gradient of the input: with the gradient g of the normalized row n, it is scale · (g − mean(g) − n · mean(g · n)).
pub(super) fn input_gradient<E: Element>(
    geometry: &LayerNormGeometry,
    input: &[E],
    weight: Option<&[E]>,
    upstream: &[E],
    gradient: &mut [E],
) {
    let (width, set) = (geometry.width, InstructionSet::best());
    let buffers = || (vec![E::zero(); width], vec![E::zero(); width]);
    for_each_chunk(gradient, width, 8 * width, buffers, |(normalized, scaled), row, gradient| {
        let (input, upstream) = (&input[row * width..][..width], &upstream[row * width..][..width]);
        let (mean, scale) = statistics(geometry, input);
        normalize(set, mean, scale, input, &[], &[], normalized);
        match weight {
            Some(weight) => normalize(set, E::zero(), E::one(), upstream, weight, &[], scaled),
            None => scaled.copy_from_slice(upstream),
        }
        let count = E::of(width as f64);
        let (mean, along) = (sum(scaled) / count, dot(scaled, normalized) / count);
        propagate(set, scale, mean, along, normalized, scaled, gradient);
    });
}

/// Adds to the gradient of the weight: the sum over the rows of the upstream gradient times the normalized row.
pub(super) fn weight_gradient<E: Element>(
    geometry: &LayerNormGeometry,
    input: &[E],
    upstream: &[E],
    gradient: &mut [E],
) {
    let (width, set) = (geometry.width, InstructionSet::best());
    let rows = geometry.rows.div_ceil(BATCH_PARTS).max(1);
    let parts = geometry.rows.div_ceil(rows);
    let mut sums = vec![E::zero(); parts * width];
    for_each_chunk(
        &mut sums,
        width,
        6 * rows * width,
        || vec![E::zero(); width],
        |normalized, part, sums| {
            let mut cascade = Cascade::new(width);
            for row in part * rows..((part + 1) * rows).min(geometry.rows) {
                let (input, upstream) = (&input[row * width..][..width], &upstream[row * width..][..width]);
                let (mean, scale) = statistics(geometry, input);
                normalize(set, mean, scale, input, &[], &[], normalized);
                cascade.add(|sum| {
                    for ((sum, &upstream), &normalized) in sum.iter_mut().zip(upstream).zip(&*normalized) {
                        *sum += upstream * normalized;
                    }
                });
            }
            cascade.drain(sums);
        },
    );
    add_lines(sums.chunks_exact(width), gradient);
}

/// Adds to the gradient of the bias.
pub(super) fn bias_gradient<E: Element>(geometry: &LayerNormGeometry, upstream: &[E], gradient: &mut [E]) {
    add_lines(upstream.chunks_exact(geometry.width), gradient);
}

vectorized! {
    /// Writes `(x − mean) · scale · weight + bias`. Without a weight it is 1, without a bias 0.
    fn normalize<E, const FUSES: bool>(mean: E, scale: E, input: &[E], weight: &[E], bias: &[E], output: &mut [E]) {
        for (y, &x) in output.iter_mut().zip(input) {
            *y = (x - mean) * scale;
        }
        match (weight, bias) {
            ([], _) => {}
            (weight, []) => output.iter_mut().zip(weight).for_each(|(y, &weight)| *y *= weight),
            (weight, bias) => {
                for (y, (&weight, &bias)) in output.iter_mut().zip(weight.iter().zip(bias)) {
                    *y = multiply_add::<E, FUSES>(*y, weight, bias);
                }
            }
        }
    }

    /// Adds to the gradient of a row.
    fn propagate<E, const FUSES: bool>(
        scale: E,
        mean: E,
        along: E,
        normalized: &[E],
        upstream: &[E],
        gradient: &mut [E],
    ) {
        for ((gradient, &normalized), &upstream) in gradient.iter_mut().zip(normalized).zip(upstream) {
            *gradient += scale * (upstream - mean - normalized * along);
        }
    }
}
