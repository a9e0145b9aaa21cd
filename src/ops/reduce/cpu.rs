//! Reductions: along rows that are contiguous, or of all columns of a block at once.

use super::{Function, ReduceGeometry};
use crate::ops::Element;
use crate::ops::parallel::for_each_chunk;
use crate::ops::sums::{add_lines, sum};

/// Writes the output, which is zeros before.
pub(super) fn forward<E: Element>(geometry: &ReduceGeometry, input: &[E], output: &mut [E]) {
    let ReduceGeometry { function, count, inner, .. } = *geometry;
    match function {
        Function::Sum => add_sums(count, inner, input, output),
        Function::Mean => {
            add_sums(count, inner, input, output);
            let count = E::of(count as f64);
            output.iter_mut().for_each(|sum| *sum /= count);
        }
        Function::Max | Function::Min => each_block(geometry, output, |block, output| {
            extremes(function, inner, &input[block * count * inner..][..count * inner], output);
        }),
    }
}

/// Adds the sum of `count` lines of `inner` elements to each line of `output`.
pub(crate) fn add_sums<E: Element>(count: usize, inner: usize, input: &[E], output: &mut [E]) {
    for_each_chunk(
        output,
        inner.max(1),
        count * inner,
        || (),
        |(), block, output| {
            let block = &input[block * count * inner..][..count * inner];
            if inner == 1 {
                output[0] += sum(block);
            } else {
                add_lines(block.chunks_exact(inner), output);
            }
        },
    );
}

/// Calls `task` with each block's number and its part of `data`.
fn each_block<E: Element>(geometry: &ReduceGeometry, data: &mut [E], task: impl Fn(usize, &mut [E]) + Sync) {
    let (length, steps) = (data.len() / geometry.outer.max(1), geometry.count * geometry.inner);
    for_each_chunk(data, length.max(1), steps, || (), |(), block, data| task(block, data));
}

/// Whether the first is to be taken rather than the second. NaN is taken, and stays.
#[inline(always)]
fn is_before<E: Element>(function: Function, one: E, other: E) -> bool {
    one.is_nan() || if function == Function::Max { one > other } else { one < other }
}

/// Writes the greatest or smallest element of each column.
fn extremes<E: Element>(function: Function, inner: usize, block: &[E], output: &mut [E]) {
    let (first, others) = block.split_at(inner);
    output.copy_from_slice(first);
    for line in others.chunks_exact(inner.max(1)) {
        for (best, &x) in output.iter_mut().zip(line) {
            *best = if is_before(function, x, *best) { x } else { *best };
        }
    }
}

/// Adds to the gradient of the input, which sums and means don't need.
pub(super) fn input_gradient<E: Element>(geometry: &ReduceGeometry, input: &[E], upstream: &[E], gradient: &mut [E]) {
    let ReduceGeometry { function, count, inner, .. } = *geometry;
    let factor = if function == Function::Mean { E::one() / E::of(count as f64) } else { E::one() };
    each_block(geometry, gradient, |block, gradient| {
        let upstream = &upstream[block * inner..][..inner];
        if matches!(function, Function::Sum | Function::Mean) {
            for line in gradient.chunks_exact_mut(inner.max(1)) {
                line.iter_mut().zip(upstream).for_each(|(gradient, &upstream)| *gradient += upstream * factor);
            }
            return;
        }
        let input = &input[block * count * inner..][..count * inner];
        let mut best = vec![E::zero(); inner];
        extremes(function, inner, input, &mut best);
        let is_best = |x: E, best: E| x == best || (x.is_nan() && best.is_nan());
        let mut equal = vec![E::zero(); inner];
        for line in input.chunks_exact(inner.max(1)) {
            for ((equal, &x), &best) in equal.iter_mut().zip(line).zip(&best) {
                *equal += if is_best(x, best) { E::one() } else { E::zero() };
            }
        }
        for (line, to) in input.chunks_exact(inner.max(1)).zip(gradient.chunks_exact_mut(inner.max(1))) {
            for (column, (to, &x)) in to.iter_mut().zip(line).enumerate() {
                if is_best(x, best[column]) {
                    *to += upstream[column] / equal[column];
                }
            }
        }
    });
}
