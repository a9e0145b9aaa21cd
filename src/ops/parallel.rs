//! Work in chunks, on as many threads as pay.
//!
//! How work is cut into chunks never depends on the number of threads, so results don't either.

use gemm::Parallelism;
use rayon::prelude::*;

/// Below this many elementary steps, waking another thread costs more than it saves.
const WORTH_A_THREAD: usize = 1 << 16;

/// Below this many, splitting a single matrix product between threads does: they wait for each other several times.
const WORTH_SPLITTING: usize = 1 << 20;

/// How long the chunks of an elementwise operation are.
pub(crate) const ELEMENTWISE: usize = 1 << 13;

/// Whether work in independent tasks is spread over threads.
fn spreads(tasks: usize, steps: usize) -> bool {
    tasks > 1 && tasks.saturating_mul(steps) >= 2 * WORTH_A_THREAD && rayon::current_num_threads() > 1
}

/// Whether a task, one of so few that threads would be idle, is worth dividing between threads.
pub(crate) fn splits(tasks: usize, steps: usize) -> bool {
    tasks < rayon::current_num_threads() && steps >= 4 * WORTH_A_THREAD
}

/// Runs `task` with the number and the data of each chunk of `length` elements, and a scratch that tasks on the same
/// thread share. A task takes about `steps` elementary steps.
pub(crate) fn for_each_chunk<E: Send, S>(
    data: &mut [E],
    length: usize,
    steps: usize,
    scratch: impl Fn() -> S + Send + Sync,
    task: impl Fn(&mut S, usize, &mut [E]) + Send + Sync,
) {
    if data.is_empty() {
        return;
    }
    if spreads(data.len().div_ceil(length), steps) {
        let chunks = data.par_chunks_mut(length).enumerate();
        chunks.for_each_init(scratch, |scratch, (number, chunk)| task(scratch, number, chunk));
    } else {
        let mut scratch = scratch();
        data.chunks_mut(length).enumerate().for_each(|(number, chunk)| task(&mut scratch, number, chunk));
    }
}

/// As [`for_each_chunk`] for tasks that multiply matrices: where there are fewer tasks than threads, they run one after
/// the other, and each may use all threads for its products.
pub(crate) fn for_each_product<E: Send, S>(
    data: &mut [E],
    length: usize,
    steps: usize,
    scratch: impl Fn() -> S + Send + Sync,
    task: impl Fn(&mut S, usize, &mut [E], Parallelism) + Send + Sync,
) {
    if data.is_empty() {
        return;
    }
    let tasks = data.len().div_ceil(length);
    if tasks < rayon::current_num_threads() && steps >= WORTH_SPLITTING {
        let mut scratch = scratch();
        let chunks = data.chunks_mut(length).enumerate();
        chunks.for_each(|(number, chunk)| task(&mut scratch, number, chunk, Parallelism::Rayon(0)));
    } else {
        for_each_chunk(data, length, steps, scratch, |scratch, number, chunk| {
            task(scratch, number, chunk, Parallelism::None)
        });
    }
}

/// Adds `value(position)` to each element, in parallel.
pub(crate) fn add_each<E: super::Element>(data: &mut [E], steps: usize, value: impl Fn(usize) -> E + Send + Sync) {
    for_each_chunk(data, 1, steps, || (), |(), position, element| element[0] += value(position));
}
