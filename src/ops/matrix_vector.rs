//! A matrix times a vector: what a network does with one example. A general product would rearrange the matrix first,
//! which takes longer than reading it once.

use super::Element;
use super::parallel::for_each_chunk;
use super::vectorized::{InstructionSet, multiply_add, vectorized};

/// How many partial sums a row has: as many as keep both arithmetic units busy with vectors of 16 numbers.
const LANES: usize = 32;

/// How many rows share what is read of the vector.
const ROWS: usize = 4;

/// How many elements of a matrix are worth a thread: it should take several times what waking the thread does.
const WORTH_A_THREAD: usize = 1 << 19;

/// Adds the product of a matrix and a vector, whose rows follow each other.
pub(crate) fn add_matrix_vector<E: Element>(matrix: &[E], vector: &[E], output: &mut [E]) {
    assert_eq!(matrix.len(), vector.len() * output.len(), "a matrix has a row for each output");
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

vectorized! {
    /// Adds the product of each row and the vector.
    fn add_rows<E, const FUSES: bool>(matrix: &[E], vector: &[E], output: &mut [E]) {
        let length = vector.len();
        let mut blocks = matrix.chunks_exact(ROWS * length);
        let mut outputs = output.chunks_exact_mut(ROWS);
        for (block, outputs) in (&mut blocks).zip(&mut outputs) {
            let rows: [&[E]; ROWS] = std::array::from_fn(|row| &block[row * length..][..length]);
            let sums = dot::<E, ROWS, FUSES>(rows, vector);
            outputs.iter_mut().zip(sums).for_each(|(output, sum)| *output += sum);
        }
        let rest = blocks.remainder().chunks_exact(length);
        for (row, output) in rest.zip(outputs.into_remainder()) {
            let [sum] = dot::<E, 1, FUSES>([row], vector);
            *output += sum;
        }
    }
}

/// The products of some rows with a vector, in an order that depends on its length alone.
#[inline(always)]
fn dot<E: Element, const R: usize, const FUSES: bool>(rows: [&[E]; R], vector: &[E]) -> [E; R] {
    let mut lanes = [[E::zero(); LANES]; R];
    let (chunks, rest) = vector.as_chunks::<LANES>();
    let rows: [_; R] = std::array::from_fn(|row| rows[row].as_chunks::<LANES>());
    for (number, chunk) in chunks.iter().enumerate() {
        for (lanes, (row, _)) in lanes.iter_mut().zip(rows) {
            for ((lane, &a), &b) in lanes.iter_mut().zip(&row[number]).zip(chunk) {
                *lane = multiply_add::<E, FUSES>(a, b, *lane);
            }
        }
    }
    std::array::from_fn(|row| {
        let mut sum = E::zero();
        for (&a, &b) in rows[row].1.iter().zip(rest) {
            sum = multiply_add::<E, FUSES>(a, b, sum);
        }
        lanes[row].iter().fold(sum, |sum, &lane| sum + lane)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{assert_close, sample};

    #[test]
    fn every_instruction_set_has_the_product() {
        for (outputs, inputs) in [(1, 1), (4, 32), (5, 33), (7, 100), (10, 1352), (3, 31), (0, 5)] {
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
