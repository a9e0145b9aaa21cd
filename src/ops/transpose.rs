//! Transposes matrices. Images are converted from planes to pixels this way, and back.

use std::marker::PhantomData;

use super::Element;
use super::matrix::Write;
use super::sizes::span;
use super::vector::{Vector, for_each_set};
use super::vectorized::InstructionSet;

/// The number of columns that are transposed over all rows, before the next columns follow. The lines that are being written
/// should stay in the cache until they are complete.
const COLUMNS: usize = 32;

/// The greatest number of elements in a block.
const BLOCK: usize = 16 * 16;

/// The layout of a matrix and of its transpose.
pub(crate) struct Transposition<E> {
    set: InstructionSet,
    /// The numbers of rows and columns, before transposition.
    size: (usize, usize),
    /// The distance between neighbouring rows, before and after.
    strides: (usize, usize),
    write: Write,
    /// How many elements are spanned by the matrix, before and after.
    reach: (usize, usize),
    element: PhantomData<E>,
}

impl<E: Element> Transposition<E> {
    /// A transposition of a matrix whose rows begin every `strides.0` elements. The rows of the result begin every `strides.1`
    /// elements.
    ///
    /// # Panics
    /// If rows of the result overlap, or if a position overflows.
    pub(crate) fn new(set: InstructionSet, size: (usize, usize), strides: (usize, usize), write: Write) -> Self {
        assert!(size.1 <= 1 || size.0 <= strides.1, "the rows of what is written must not overlap");
        let reach = |lines: usize, stride: usize, length: usize| match (lines, length) {
            (0, _) | (_, 0) => Some(0),
            _ => span(&[(lines, stride), (2, length - 1)]),
        };
        let reach = reach(size.0, strides.0, size.1).zip(reach(size.1, strides.1, size.0));
        let reach = reach.unwrap_or_else(|| panic!("a matrix of {size:?} must have positions, {strides:?} apart"));
        Transposition { set, size, strides, write, reach, element: PhantomData }
    }

    /// Transposes a matrix.
    pub(crate) fn run(&self, from: &[E], to: &mut [E]) {
        let reach = self.reach;
        assert!(from.len() >= reach.0 && to.len() >= reach.1, "a matrix must lie inside its slice");
        // SAFETY: The lengths were just asserted; `to` is borrowed mutably, so the slices don't overlap.
        unsafe { self.run_at(from.as_ptr(), to.as_mut_ptr()) }
    }

    /// As [`run`](Self::run), from one address to another.
    ///
    /// # Safety
    /// All elements of the matrix can be read at `from`, and all elements of the result can be written at `to`. No other thread
    /// writes the former, or accesses the latter.
    pub(crate) unsafe fn run_at(&self, from: *const E, to: *mut E) {
        // SAFETY: The caller guarantees this.
        unsafe { for_each_set!(self: &Transposition, run_with(from: *const E, to: *mut E)) }
    }

    /// # Safety
    /// As [`run_at`](Self::run_at), and the processor has the instructions of `V`.
    #[inline(always)]
    unsafe fn run_with<V: Vector<Element = E>>(&self, from: *const E, to: *mut E) {
        let ((rows, columns), lanes) = (self.size, V::LANES);
        let whole = (rows - rows % lanes, columns - columns % lanes);
        for first in (0..whole.1).step_by(COLUMNS) {
            let end = (first + COLUMNS).min(whole.1);
            for row in (0..whole.0).step_by(lanes) {
                for column in (first..end).step_by(lanes) {
                    // SAFETY: The block lies in the matrix: `row` and `column` are at least a vector before the end.
                    unsafe { self.block::<V>(from, to, (row, column)) }
                }
            }
        }
        // The rows and columns that don't fill a block.
        // SAFETY: They lie in the matrix.
        unsafe {
            self.places(from, to, 0..whole.0, whole.1..columns);
            self.places(from, to, whole.0..rows, 0..columns);
        }
    }

    /// Transposes the block that begins at a row and a column.
    ///
    /// # Safety
    /// As [`run_with`](Self::run_with), and the whole block lies in the matrix.
    #[inline(always)]
    unsafe fn block<V: Vector<Element = E>>(&self, from: *const E, to: *mut E, (row, column): (usize, usize)) {
        let (before, after) = self.strides;
        // SAFETY: The caller guarantees that the whole block lies in the matrix.
        unsafe {
            let (from, to) = (from.add(row * before + column), to.add(column * after + row));
            match self.write {
                Write::Replace => V::transpose(from, before, to, after),
                Write::Add => {
                    let mut block = [E::zero(); BLOCK];
                    V::transpose(from, before, block.as_mut_ptr(), V::LANES);
                    for line in 0..V::LANES {
                        let to = to.add(line * after);
                        V::load(to).add(V::load(block.as_ptr().add(line * V::LANES))).store(to);
                    }
                }
            }
        }
    }

    /// Transposes elements one by one.
    ///
    /// # Safety
    /// As [`run_at`](Self::run_at), and the rows and columns lie in the matrix.
    #[inline(always)]
    unsafe fn places(&self, from: *const E, to: *mut E, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) {
        for column in columns {
            for row in rows.clone() {
                // SAFETY: The caller guarantees that the element lies in the matrix.
                unsafe {
                    let number = from.add(row * self.strides.0 + column).read();
                    let to = to.add(column * self.strides.1 + row);
                    to.write(if self.write == Write::Add { to.read() + number } else { number });
                }
            }
        }
    }
}

/// Transposes a block of `SIZE` by `SIZE` elements, one by one.
///
/// # Safety
/// As [`Vector::transpose`].
#[inline(always)]
pub(super) unsafe fn one_by_one<E: Copy, const SIZE: usize>(
    from: *const E,
    from_stride: usize,
    to: *mut E,
    to_stride: usize,
) {
    for row in 0..SIZE {
        for column in 0..SIZE {
            // SAFETY: The elements lie in the block.
            unsafe { to.add(column * to_stride + row).write(from.add(row * from_stride + column).read()) }
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) mod x86 {
    //! Transposes blocks in registers: pairs of rows are merged, then pairs of pairs, then halves of registers.

    use std::arch::x86_64::*;

    use crate::ops::vector::Vector;

    /// # Safety
    /// As [`Vector::transpose`] of `__m256`.
    #[inline(always)]
    pub(in crate::ops) unsafe fn eight(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        // SAFETY: The caller guarantees this; they are the rows of the block.
        unsafe {
            let row = |row: usize| _mm256_loadu_ps(from.add(row * from_stride));
            let halves = |first: usize| {
                let (a, b, c, d) = (row(first), row(first + 1), row(first + 2), row(first + 3));
                let (low, high) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
                let (others_low, others_high) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
                [
                    _mm256_shuffle_ps::<0x44>(low, others_low),
                    _mm256_shuffle_ps::<0xee>(low, others_low),
                    _mm256_shuffle_ps::<0x44>(high, others_high),
                    _mm256_shuffle_ps::<0xee>(high, others_high),
                ]
            };
            let (first, second) = (halves(0), halves(4));
            for line in 0..4 {
                let (first, second) = (first[line], second[line]);
                _mm256_storeu_ps(to.add(line * to_stride), _mm256_permute2f128_ps::<0x20>(first, second));
                _mm256_storeu_ps(to.add((line + 4) * to_stride), _mm256_permute2f128_ps::<0x31>(first, second));
            }
        }
    }

    /// # Safety
    /// As [`Vector::transpose`] of `__m256d`.
    #[inline(always)]
    pub(in crate::ops) unsafe fn four(from: *const f64, from_stride: usize, to: *mut f64, to_stride: usize) {
        // SAFETY: The caller guarantees this; they are the rows of the block.
        unsafe {
            let row = |row: usize| _mm256_loadu_pd(from.add(row * from_stride));
            let pair = |first: usize| {
                let (a, b) = (row(first), row(first + 1));
                [_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b)]
            };
            let (first, second) = (pair(0), pair(2));
            for line in 0..2 {
                let (first, second) = (first[line], second[line]);
                _mm256_storeu_pd(to.add(line * to_stride), _mm256_permute2f128_pd::<0x20>(first, second));
                _mm256_storeu_pd(to.add((line + 2) * to_stride), _mm256_permute2f128_pd::<0x31>(first, second));
            }
        }
    }

    /// Transposes a block as four blocks of half the size.
    ///
    /// # Safety
    /// As [`Vector::transpose`] of a vector twice as long as `V`.
    #[inline(always)]
    pub(in crate::ops) unsafe fn quarters<V: Vector>(
        from: *const V::Element,
        from_stride: usize,
        to: *mut V::Element,
        to_stride: usize,
    ) {
        for (row, column) in [(0, 0), (0, V::LANES), (V::LANES, 0), (V::LANES, V::LANES)] {
            // SAFETY: This is a quarter of the block.
            unsafe {
                let (from, to) = (from.add(row * from_stride + column), to.add(column * to_stride + row));
                V::transpose(from, from_stride, to, to_stride);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Matrices without a whole block, with whole blocks, and with whole blocks and a rest. There are gaps between their rows.
    #[test]
    fn rows_become_columns() {
        fn check<E: Element + std::fmt::Debug>() {
            for set in InstructionSet::all() {
                for (rows, columns) in [(0, 3), (3, 0), (1, 1), (3, 5), (8, 8), (16, 40), (17, 35), (32, 70), (5, 33)] {
                    for (write, before) in [(Write::Replace, 0.0), (Write::Add, 0.5)] {
                        let strides = (columns + 2, rows + 1);
                        let matrix: Vec<E> = (0..rows * strides.0).map(|number| E::of(number as f64)).collect();
                        let mut turned = vec![E::of(0.5); columns * strides.1];
                        Transposition::new(set, (rows, columns), strides, write).run(&matrix, &mut turned);
                        for (place, &number) in turned.iter().enumerate() {
                            let (column, row) = (place / strides.1, place % strides.1);
                            let from = (row < rows).then(|| (row * strides.0 + column) as f64 + before);
                            assert_eq!(number, E::of(from.unwrap_or(0.5)), "{set:?}, {rows} × {columns}, {write:?}");
                        }
                    }
                }
            }
        }
        check::<f32>();
        check::<f64>();
    }

    #[test]
    #[should_panic(expected = "must have positions")]
    fn a_matrix_whose_positions_wrap_is_refused() {
        // The address of the second row would overflow.
        let strides = (usize::MAX, 1 << 62);
        Transposition::<f32>::new(InstructionSet::best(), (3, 4), strides, Write::Replace);
    }

    #[test]
    #[should_panic(expected = "inside its slice")]
    fn a_matrix_beyond_its_slice_is_refused() {
        Transposition::new(InstructionSet::best(), (2, 3), (3, 2), Write::Replace).run(&[0.0_f32; 6], &mut [0.0; 5]);
    }
}
