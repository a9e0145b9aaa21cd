//! Work in chunks, on as many threads as pay: as many as the current [`rayon`] pool has, be they its own or not.
//!
//! How work is cut into chunks never depends on the number of threads, so results don't either.

use std::marker::PhantomData;

use super::choice::{asked, take};
use super::worker_pool;

/// Below this many elementary steps, another thread costs more than it saves.
const WORTH_A_THREAD: usize = 1 << 14;

/// How many multiplications of a matrix product take the time of one elementary step.
pub(crate) const PRODUCTS_PER_STEP: usize = 16;

/// Into how many parts a batch is divided, at most, when something is summed over it: each has a sum of its own.
pub(crate) const BATCH_PARTS: usize = 8;

/// How long the chunks of an elementwise operation are.
pub(crate) const ELEMENTWISE: usize = 1 << 13;

/// How many threads work.
pub(crate) fn threads() -> usize {
    rayon::current_num_threads()
}

/// Whether a task, one of so few that threads would be idle, is worth dividing between threads.
pub(crate) fn splits(tasks: usize, steps: usize) -> bool {
    tasks < threads() && (steps >= 4 * WORTH_A_THREAD || asked().threads)
}

/// Runs `task` with each number below `tasks`, and a scratch that tasks on the same thread share. A task takes about `steps`
/// elementary steps.
pub(crate) fn for_each_task<S>(
    tasks: usize,
    steps: usize,
    scratch: impl Fn() -> S + Sync,
    task: impl Fn(&mut S, usize) + Sync,
) {
    let is_worth_it = tasks.saturating_mul(steps) >= 2 * WORTH_A_THREAD || asked().threads;
    let threads = if is_worth_it { threads() } else { 1 };
    if threads.min(tasks) > 1 {
        take("threads");
    }
    worker_pool::run(threads, tasks, &|_, first, next| {
        let (mut scratch, mut number) = (scratch(), Some(first));
        while let Some(this) = number {
            task(&mut scratch, this);
            number = next();
        }
    });
}

/// A slice that tasks share, each of which has chunks of its own.
struct Chunks<'a, E> {
    first: *mut E,
    total: usize,
    length: usize,
    data: PhantomData<&'a mut [E]>,
}

// SAFETY: It is an address; each chunk goes to one thread, as `chunk` asks for.
unsafe impl<E: Send> Sync for Chunks<'_, E> {}

impl<'a, E> Chunks<'a, E> {
    fn new(data: &'a mut [E], length: usize) -> Self {
        Chunks { first: data.as_mut_ptr(), total: data.len(), length, data: PhantomData }
    }

    /// One of the chunks.
    ///
    /// # Safety
    /// Nobody else has the same one at the time.
    #[allow(clippy::mut_from_ref)]
    unsafe fn chunk(&self, number: usize) -> &mut [E] {
        let start = number * self.length;
        assert!(start < self.total, "there is no such chunk");
        // SAFETY: It lies in the slice, which is borrowed mutably as long as this is there, and is nobody else's, says the
        // caller.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(start), self.length.min(self.total - start)) }
    }
}

/// As [`for_each_task`], with the number and the data of each chunk of `length` elements.
pub(crate) fn for_each_chunk<E: Send, S>(
    data: &mut [E],
    length: usize,
    steps: usize,
    scratch: impl Fn() -> S + Sync,
    task: impl Fn(&mut S, usize, &mut [E]) + Sync,
) {
    if data.is_empty() {
        return;
    }
    let tasks = data.len().div_ceil(length);
    let chunks = Chunks::new(data, length);
    for_each_task(tasks, steps, scratch, |scratch, number| {
        // SAFETY: Each number comes once.
        task(scratch, number, unsafe { chunks.chunk(number) });
    });
}

/// Adds `value(position)` to each element, in parallel.
pub(crate) fn add_each<E: super::Element>(data: &mut [E], steps: usize, value: impl Fn(usize) -> E + Sync) {
    for_each_chunk(data, 1, steps, || (), |(), position, element| element[0] += value(position));
}
