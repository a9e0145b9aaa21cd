//! Matrix products on slices: a safe interface to `gemm`.

use gemm::Parallelism;

use super::Element;
use super::choice::asked;
use super::parallel::{PRODUCTS_PER_STEP, for_each_task, threads};

/// A matrix in a slice. Neighbouring rows are `row_stride` elements apart, neighbouring columns `column_stride`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a, E> {
    data: &'a [E],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, E: Element> Matrix<'a, E> {
    /// A matrix whose rows follow each other.
    pub(crate) fn new(data: &'a [E], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }

    /// A matrix whose rows begin every `row_stride` elements.
    pub(crate) fn strided(data: &'a [E], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert!(fits(data.len(), rows, columns, row_stride), "a matrix must lie inside its slice");
        Matrix { data, rows, columns, row_stride, column_stride: 1 }
    }

    /// The transposed matrix, on the same elements.
    pub(crate) fn transposed(self) -> Self {
        Matrix {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// The first columns, and the others.
    fn split_columns(self, first: usize) -> [Self; 2] {
        let others = &self.data[first * self.column_stride..];
        [Matrix { columns: first, ..self }, Matrix { data: others, columns: self.columns - first, ..self }]
    }

    /// The first rows, and the others.
    fn split_rows(self, first: usize) -> [Self; 2] {
        self.transposed().split_columns(first).map(Self::transposed)
    }
}

/// Whether a matrix with rows of consecutive elements lies inside a slice.
fn fits(length: usize, rows: usize, columns: usize, row_stride: usize) -> bool {
    let end = |rows: usize| (rows - 1).checked_mul(row_stride).and_then(|start| start.checked_add(columns));
    rows == 0 || columns == 0 || end(rows).is_some_and(|end| end <= length)
}

/// How a product is combined with the values at its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// They are replaced.
    Replace,
    /// The product is added to them.
    Add,
}

/// The least number of multiplications in a part of a product that is divided between threads.
const PART: usize = 1 << 20;

/// The greatest number of products that `gemm` adds into one element, before their sum joins the other sums: see
/// [`sums`](super::sums). `gemm` itself adds in blocks, except for narrow products.
const fn depth(rows: usize, columns: usize) -> usize {
    if rows < 8 || columns < 8 { 1 << 8 } else { 1 << 13 }
}

/// The number of columns in a part is a multiple of this, which is the number that `gemm` computes at once, on any processor.
const COLUMNS: usize = 32;

/// The least number of columns in a part: `gemm` adds in another order for small products, of up to 64 rows and columns.
const NARROW: usize = 4 * COLUMNS;

/// Writes the product of two matrices into a slice. The product's rows begin every `row_stride` elements.
///
/// The columns of a large product are divided between threads, which doesn't change the order of additions.
pub(crate) fn multiply<E: Element>(
    left: Matrix<'_, E>,
    right: Matrix<'_, E>,
    product: &mut [E],
    row_stride: usize,
    write: Write,
) {
    let (rows, columns) = (left.rows, right.columns);
    assert_eq!(left.columns, right.rows, "the inner sizes of a matrix product must agree");
    assert!(fits(product.len(), rows, columns, row_stride), "a product must lie inside its slice");
    assert!(rows <= 1 || columns <= row_stride, "the rows of a product must not overlap");
    if rows == 0 || columns == 0 {
        return;
    }
    let depth = depth(rows, columns);
    if left.columns > depth {
        let half = (left.columns / 2).next_multiple_of(depth);
        let ([left, left_half], [right, right_half]) = (left.split_columns(half), right.split_rows(half));
        multiply(left, right, product, row_stride, write);
        let mut other = vec![E::zero(); rows * columns];
        multiply(left_half, right_half, &mut other, columns, Write::Replace);
        for (product, other) in product.chunks_mut(row_stride).zip(other.chunks_exact(columns)) {
            product.iter_mut().zip(other).for_each(|(product, &other)| *product += other);
        }
        return;
    }
    let work = rows * columns * left.columns;
    let worth = if asked().threads { threads() } else { work / PART };
    let parts = worth.min(columns / NARROW).clamp(1, threads());
    let start = |part: usize| if part == parts { columns } else { columns * part / parts / COLUMNS * COLUMNS };
    let product = Product { first: product.as_mut_ptr(), row_stride };
    for_each_task(
        parts,
        work / parts / PRODUCTS_PER_STEP,
        || (),
        |(), part| {
            let columns = start(part)..start(part + 1);
            // SAFETY: As was just asserted, the product lies inside its slice, and no two of its elements coincide. The slice is
            // borrowed mutably, and each part has columns of its own.
            unsafe { multiply_columns(left, right, columns, &product, write) }
        },
    );
}

/// The destination of a product.
struct Product<E> {
    first: *mut E,
    row_stride: usize,
}

// SAFETY: This is an address, and each thread writes columns of its own through it.
unsafe impl<E: Send> Sync for Product<E> {}

/// Writes some columns of a product.
///
/// # Safety
/// The columns lie in the destination and don't overlap each other, and no other thread accesses them.
unsafe fn multiply_columns<E: Element>(
    left: Matrix<'_, E>,
    right: Matrix<'_, E>,
    columns: std::ops::Range<usize>,
    product: &Product<E>,
    write: Write,
) {
    // SAFETY: Both factors lie inside their slices, which their constructor asserts and transposition preserves. The caller
    // guarantees the destination. All sizes are at most the length of a slice, so they fit an `isize`. `E` is `f32` or `f64`
    // (`Element` is sealed), which `gemm` has kernels for.
    unsafe {
        gemm::gemm(
            left.rows,
            columns.len(),
            left.columns,
            product.first.add(columns.start),
            1,
            product.row_stride as isize,
            write == Write::Add,
            left.data.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.data.as_ptr().wrapping_add(columns.start * right.column_stride),
            right.column_stride as isize,
            right.row_stride as isize,
            E::one(),
            E::one(),
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::sample;

    #[test]
    fn products_by_hand() {
        let (left, right) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.0, 2.0, 1.0, 0.0, 3.0]);
        let mut product = [1.0; 5];
        let (left, right) = (Matrix::new(&left, 2, 3), Matrix::new(&right, 3, 2));
        multiply(left, right, &mut product, 3, Write::Replace);
        assert_eq!(product, [5.0, 11.0, 1.0, 14.0, 23.0], "the gap between the rows is untouched");
        multiply(right.transposed(), left.transposed(), &mut product[..4], 2, Write::Add);
        assert_eq!(product[..4], [10.0, 25.0, 12.0, 37.0]);
    }

    #[test]
    fn many_products_are_added_in_halves() {
        let (value, inner) = (0.3_f32, (1 << 20) + 5);
        let factor = vec![value; 2 * inner];
        let mut product = [1.0_f32; 7];
        multiply(Matrix::new(&factor, 2, inner), Matrix::new(&factor, inner, 2), &mut product, 4, Write::Add);
        let exact = 1.0 + f64::from(value) * f64::from(value) * inner as f64;
        for sum in [product[0], product[1], product[4], product[5]] {
            assert!((f64::from(sum) / exact - 1.0).abs() < 1e-5, "{sum}, not {exact}");
        }
        assert_eq!([product[2], product[3], product[6]], [1.0; 3], "the gap between the rows is untouched");
    }

    #[test]
    fn threads_change_nothing() {
        for (rows, inner, columns) in [(64, 784, 512), (33, 300, 257), (500, 70, 130)] {
            let single = |seed, length| sample(length, seed).iter().map(|&number| number as f32).collect::<Vec<_>>();
            let (left, right) = (single(1, rows * inner), single(2, inner * columns));
            let product = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let (left, right) = (Matrix::new(&left, rows, inner), Matrix::new(&right, inner, columns));
                let mut product = vec![0.0; rows * columns];
                pool.install(|| multiply(left, right, &mut product, columns, Write::Replace));
                product
            };
            let alone = product(1);
            assert!([2, 3, 8].iter().all(|&threads| product(threads) == alone), "{rows} × {inner} × {columns}");
        }
    }

    #[test]
    fn without_an_inner_size_the_product_is_zero() {
        let mut product = [1.0_f32; 4];
        multiply(Matrix::new(&[], 2, 0), Matrix::new(&[], 0, 2), &mut product, 2, Write::Add);
        assert_eq!(product, [1.0; 4]);
        multiply(Matrix::new(&[], 2, 0), Matrix::new(&[], 0, 2), &mut product, 2, Write::Replace);
        assert_eq!(product, [0.0; 4]);
    }

    #[test]
    #[should_panic(expected = "inside its slice")]
    fn a_matrix_beyond_its_slice_is_refused() {
        Matrix::new(&[0.0_f32; 5], 2, 3);
    }
}
