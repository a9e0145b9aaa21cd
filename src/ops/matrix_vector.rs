//! Matrix-vector products, which a fully connected layer computes for a single example. A general matrix product would rearrange
//! the matrix first, which takes longer than reading it once.

use std::marker::PhantomData;
use std::ops::Range;

use super::Element;
use super::parallel::for_each_chunk;
use super::sizes::expect;
use super::sums::Total;
use super::vector::{Vector, for_each_set, some};
use super::vectorized::InstructionSet;

/// The number of partial sums of each row. With several, an addition needn't wait for the previous one.
const STRANDS: usize = 2;

/// The number of rows that share each load of the vector.
const ROWS: usize = 4;

/// The number of products that are added to one another, before their sum joins the other sums.
const DEPTH: usize = 1 << 13;

/// The number of matrix elements that justify another thread: reading them should take several times as long as waking it.
const WORTH_A_THREAD: usize = 1 << 19;

/// Adds the product of a matrix and a vector to `output`. The matrix is stored row by row, without gaps.
pub(crate) fn add_matrix_vector<E: Element>(matrix: &[E], vector: &[E], output: &mut [E]) {
    expect("matrix", matrix.len(), &[output.len(), vector.len()], &"a row for each output");
    if vector.is_empty() {
        return;
    }
    let set = InstructionSet::best();
    let rows = (WORTH_A_THREAD / vector.len()).next_multiple_of(ROWS).max(ROWS);
    for_each_chunk(
        output,
        rows,
        rows * vector.len(),
        || (),
        |(), number, output| {
            let matrix = &matrix[number * rows * vector.len()..][..output.len() * vector.len()];
            add_rows(set, matrix, vector, output);
        },
    );
}

/// Products of rows and a vector, with an instruction set.
struct Products<E> {
    set: InstructionSet,
    element: PhantomData<E>,
}

/// Adds the product of each row and the vector to `output`.
fn add_rows<E: Element>(set: InstructionSet, matrix: &[E], vector: &[E], output: &mut [E]) {
    expect("matrix", matrix.len(), &[output.len(), vector.len()], &"a row for each output");
    let products = &Products { set, element: PhantomData };
    // SAFETY: There are as many rows as outputs, as was just asserted.
    unsafe { for_each_set!(products: &Products, add(matrix: &[E], vector: &[E], output: &mut [E])) }
}

impl<E: Element> Products<E> {
    /// # Safety
    /// The processor has the instructions of `V`, and there are as many rows as outputs.
    #[inline(always)]
    unsafe fn add<V: Vector<Element = E>>(&self, matrix: &[E], vector: &[E], output: &mut [E]) {
        let whole = output.len() - output.len() % ROWS;
        let (blocks, rest) = output.split_at_mut(whole);
        let rows = |first: usize| &matrix[first * vector.len()..];
        for (number, outputs) in blocks.chunks_exact_mut(ROWS).enumerate() {
            // SAFETY: The caller guarantees this.
            unsafe { Self::add_some::<V, ROWS>(rows(number * ROWS), vector, outputs) }
        }
        for (number, output) in rest.chunks_exact_mut(1).enumerate() {
            // SAFETY: The caller guarantees this.
            unsafe { Self::add_some::<V, 1>(rows(whole + number), vector, output) }
        }
    }

    /// Adds the products of some rows and the vector. The order of the additions depends on the length of the vector alone.
    ///
    /// # Safety
    /// The processor has the instructions of `V`, and there are `R` rows.
    #[inline(always)]
    unsafe fn add_some<V: Vector<Element = E>, const R: usize>(matrix: &[E], vector: &[E], outputs: &mut [E]) {
        let length = vector.len();
        let add =
            |sums: [E; R], outputs: &mut [E]| outputs.iter_mut().zip(sums).for_each(|(output, sum)| *output += sum);
        if length <= DEPTH {
            // SAFETY: The caller guarantees this.
            return add(unsafe { Self::block::<V, R>(matrix, vector, 0..length) }, outputs);
        }
        let mut total = Total::new();
        for start in (0..length).step_by(DEPTH) {
            // SAFETY: The caller guarantees this.
            total.push(unsafe { Self::block::<V, R>(matrix, vector, start..length.min(start + DEPTH)) });
        }
        add(total.get(), outputs);
    }

    /// The products of a range of columns of some rows with the same range of the vector.
    ///
    /// # Safety
    /// The processor has the instructions of `V`.
    #[inline(always)]
    unsafe fn block<V: Vector<Element = E>, const R: usize>(
        matrix: &[E],
        vector: &[E],
        columns: Range<usize>,
    ) -> [E; R] {
        let length = vector.len();
        let (matrix, vector) = (matrix[..R * length].as_ptr(), vector[..columns.end].as_ptr());
        let mut results = [E::zero(); R];
        // SAFETY: All loads lie in the rows, whose slice was just taken, and in the vector. Where fewer elements than a vector
        // register holds are left, only those are loaded.
        unsafe {
            let mut sums = [[V::splat(E::zero()); STRANDS]; R];
            for at in columns.clone().step_by(STRANDS * V::LANES) {
                for strand in 0..STRANDS {
                    let at = at + strand * V::LANES;
                    let left = columns.end.saturating_sub(at);
                    let factor = some::<V>(vector.add(at.min(columns.end)), left);
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let numbers = some::<V>(matrix.add(row * length + at.min(columns.end)), left);
                        sums[strand] = numbers.multiply_add(factor, sums[strand]);
                    }
                }
            }
            for (result, [first, others @ ..]) in results.iter_mut().zip(sums) {
                let sum = others.into_iter().fold(first, |sum, other| sum.add(other));
                let mut lanes = [E::zero(); 16];
                sum.store(lanes.as_mut_ptr());
                *result = lanes.iter().fold(E::zero(), |sum, &lane| sum + lane);
            }
        }
        results
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{assert_close, sample};

    #[test]
    fn every_instruction_set_has_the_product() {
        for (outputs, inputs) in
            [(1, 1), (4, 32), (5, 33), (7, 100), (10, 1352), (3, 31), (0, 5), (5, 8192), (6, 40_009)]
        {
            let (matrix, vector) = (sample(outputs * inputs, 1), sample(inputs, 2));
            let expected: Vec<f64> = (0..outputs)
                .map(|row| 0.5 + (0..inputs).map(|column| matrix[row * inputs + column] * vector[column]).sum::<f64>())
                .collect();
            for set in InstructionSet::all() {
                let mut output = vec![0.5; outputs];
                add_rows(set, &matrix, &vector, &mut output);
                assert_close(&output, &expected, 1e-12, &format!("{outputs} × {inputs}, {set:?}"));
                let single = |values: &[f64]| values.iter().map(|&value| value as f32).collect::<Vec<_>>();
                let mut output = vec![0.5_f32; outputs];
                add_rows(set, &single(&matrix), &single(&vector), &mut output);
                assert_close(&output, &single(&expected), 1e-4, &format!("{outputs} × {inputs}, {set:?}, f32"));
            }
        }
    }

    #[test]
    fn threads_change_nothing() {
        let (matrix, vector) = (sample(1200 * 1000, 1), sample(1000, 2));
        let product = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut output = vec![0.0; 1200];
            pool.install(|| add_matrix_vector(&matrix, &vector, &mut output));
            output
        };
        assert_eq!(product(1), product(3));
    }
}
