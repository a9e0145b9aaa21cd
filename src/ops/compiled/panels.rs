//! Weights in the order in which they are multiplied, and the innermost loops of convolutions and fully connected layers.

use super::arena::Aligned;
use crate::ops::Element;
use crate::ops::vector::Vector;
use crate::ops::vectorized::InstructionSet;

/// The greatest number of rows of the other factor that are multiplied at once.
pub(super) const MAX_ROWS: usize = 12;

/// The size of a tile: the outputs and rows that are computed at once.
///
/// The sums, together with one vector of weights for each vector of outputs and one vector for the input, should fill the
/// processor's registers: 16, or 32 with AVX-512 or NEON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tile {
    /// The number of rows.
    pub(super) rows: usize,
    /// The number of vectors of outputs: 1 or 2.
    pub(super) vectors: usize,
    /// The number of outputs.
    pub(super) width: usize,
}

impl Tile {
    /// The best size for the given number of outputs.
    pub(super) fn new<E>(set: InstructionSet, outputs: usize) -> Self {
        let (registers, bytes) = match set {
            InstructionSet::Portable => (16, 16),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(_) => (16, 32),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512(_) => (32, 64),
            #[cfg(target_arch = "aarch64")]
            InstructionSet::Neon => (32, 16),
        };
        let lanes = bytes / size_of::<E>();
        let vectors = if outputs <= lanes { 1 } else { 2 };
        Tile { rows: if vectors == 1 || registers == 32 { MAX_ROWS } else { 6 }, vectors, width: vectors * lanes }
    }
}

/// Weights in panels. A panel has as many outputs as a tile is wide. It holds the weights of these outputs for the first input,
/// then those for the second, and so on.
#[derive(Debug)]
pub(super) struct Panels<E> {
    numbers: Aligned<E>,
    /// The number of inputs of each output.
    pub(super) depth: usize,
    /// The number of outputs in a panel.
    pub(super) width: usize,
    /// The number of panels.
    pub(super) count: usize,
}

impl<E: Element> Panels<E> {
    /// Arranges `weight(output, input)` in panels. The last panel is padded with zeros.
    pub(super) fn new(outputs: usize, depth: usize, width: usize, weight: impl Fn(usize, usize) -> E) -> Self {
        let count = outputs.div_ceil(width);
        let mut numbers = Aligned::zeros(count * width * depth);
        for (at, line) in numbers.as_mut_slice().chunks_exact_mut(width).enumerate() {
            let (panel, input) = (at / depth.max(1), at % depth.max(1));
            for (lane, number) in line.iter_mut().enumerate().take(outputs - panel * width) {
                *number = weight(panel * width + lane, input);
            }
        }
        Panels { numbers, depth, width, count }
    }

    /// The address of a panel.
    pub(super) fn panel(&self, panel: usize) -> *const E {
        self.numbers.as_slice()[panel * self.width * self.depth..][..self.width * self.depth].as_ptr()
    }
}

/// The sums of a tile: the start value of each output, plus the products of its weights and the inputs of each row. The inputs of
/// a row are runs of consecutive elements; `runs` holds their distances from the row's address.
///
/// # Safety
/// The processor has the instructions of `V`; `length` elements can be read at each run of each row, and `runs.len() · length`
/// times `VECTORS` vectors at `panel`.
#[inline(always)]
pub(super) unsafe fn tile<V: Vector, const ROWS: usize, const VECTORS: usize>(
    panel: *const V::Element,
    runs: &[usize],
    length: usize,
    rows: &[*const V::Element; ROWS],
    start: [V; VECTORS],
) -> [[V; VECTORS]; ROWS] {
    let mut sums = [start; ROWS];
    let mut panel = panel;
    for &run in runs {
        for input in run..run + length {
            // SAFETY: The caller guarantees that the panel has `VECTORS` vectors for each input, and that each row has that
            // input.
            unsafe {
                let mut weights = start;
                for (vector, weights) in weights.iter_mut().enumerate() {
                    *weights = V::load(panel.add(vector * V::LANES));
                }
                for row in 0..ROWS {
                    let value = V::splat(*rows[row].add(input));
                    for vector in 0..VECTORS {
                        sums[row][vector] = weights[vector].multiply_add(value, sums[row][vector]);
                    }
                }
                panel = panel.add(VECTORS * V::LANES);
            }
        }
    }
    sums
}

/// The number of partial sums for each output of a row. With several, an addition needn't wait for the previous one.
const STRANDS: usize = 4;

/// As [`tile`], for a single row.
///
/// # Safety
/// As for [`tile`].
#[inline(always)]
pub(super) unsafe fn line<V: Vector, const VECTORS: usize>(
    panel: *const V::Element,
    runs: &[usize],
    length: usize,
    row: *const V::Element,
    start: [V; VECTORS],
) -> [V; VECTORS] {
    // SAFETY: The caller guarantees that the panel has `VECTORS` vectors for each input, and that the row has that input.
    unsafe {
        let zero = V::splat(num_traits::Zero::zero());
        let mut strands = [[zero; VECTORS]; STRANDS];
        let mut panel = panel;
        for &run in runs {
            let mut at = 0;
            while at + STRANDS <= length {
                for (strand, sums) in strands.iter_mut().enumerate() {
                    let value = V::splat(*row.add(run + at + strand));
                    for (vector, sum) in sums.iter_mut().enumerate() {
                        *sum = V::load(panel.add((strand * VECTORS + vector) * V::LANES)).multiply_add(value, *sum);
                    }
                }
                panel = panel.add(STRANDS * VECTORS * V::LANES);
                at += STRANDS;
            }
            while at < length {
                let value = V::splat(*row.add(run + at));
                for (vector, sum) in strands[0].iter_mut().enumerate() {
                    *sum = V::load(panel.add(vector * V::LANES)).multiply_add(value, *sum);
                }
                panel = panel.add(VECTORS * V::LANES);
                at += 1;
            }
        }
        std::array::from_fn(|vector| {
            let [a, b, c, d] = strands;
            a[vector].add(b[vector]).add(c[vector].add(d[vector])).add(start[vector])
        })
    }
}
