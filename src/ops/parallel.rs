//! Divides work into chunks, and runs them on as many threads as are worth it, at most as many as the current [`rayon`] pool has.
//! The threads themselves are those of `worker_pool`.
//!
//! The division into chunks never depends on the number of threads, so results don't either.

use std::cell::Cell;
use std::marker::PhantomData;

use super::choice::{asked, take};
use super::worker_pool;

/// With fewer elementary steps than this, another thread costs more time than it saves.
const WORTH_A_THREAD: usize = 1 << 14;

/// The number of multiplications of a matrix product that take as long as one elementary step.
pub(crate) const PRODUCTS_PER_STEP: usize = 16;

/// The greatest number of parts that a batch is divided into when a gradient or another sum over it is computed. Each part has a
/// sum of its own.
pub(crate) const BATCH_PARTS: usize = 8;

/// The number of elements in a chunk of an elementwise operation.
pub(crate) const ELEMENTWISE: usize = 1 << 13;

thread_local! {
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

/// Runs something on this thread alone: its work isn't divided between threads.
pub(crate) fn alone<R>(run: impl FnOnce() -> R) -> R {
    /// Restores what was set before, also if `run` panics.
    struct Before(bool);

    impl Drop for Before {
        fn drop(&mut self) {
            ALONE.set(self.0);
        }
    }

    let _before = Before(ALONE.replace(true));
    run()
}

/// The number of threads that work may use.
pub(crate) fn threads() -> usize {
    if ALONE.get() { 1 } else { rayon::current_num_threads() }
}

/// Whether each of `tasks` tasks should itself be divided between threads: there are fewer tasks than threads, and a task has
/// enough steps.
pub(crate) fn splits(tasks: usize, steps: usize) -> bool {
    tasks < threads() && (steps >= 4 * WORTH_A_THREAD || asked().threads)
}

/// Runs `task` with each number below `tasks`. The tasks on one thread share a scratch value. A task takes about `steps`
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

/// A slice that is shared by tasks, each of which uses chunks of its own.
struct Chunks<'a, E> {
    first: *mut E,
    total: usize,
    length: usize,
    data: PhantomData<&'a mut [E]>,
}

// SAFETY: This is an address, and `chunk` requires that each chunk is used by one thread at a time.
unsafe impl<E: Send> Sync for Chunks<'_, E> {}

impl<'a, E> Chunks<'a, E> {
    fn new(data: &'a mut [E], length: usize) -> Self {
        Chunks { first: data.as_mut_ptr(), total: data.len(), length, data: PhantomData }
    }

    /// A chunk of the slice.
    ///
    /// # Safety
    /// No other reference to the same chunk exists meanwhile.
    #[allow(clippy::mut_from_ref)]
    unsafe fn chunk(&self, number: usize) -> &mut [E] {
        let start = number * self.length;
        assert!(start < self.total, "there is no such chunk");
        // SAFETY: The chunk lies in the slice, which is borrowed mutably as long as `self` exists. The caller guarantees that
        // there is no other reference to it.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(start), self.length.min(self.total - start)) }
    }
}

/// As [`for_each_task`], with a task for each chunk of `length` elements, which gets the chunk's number and elements.
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
        // SAFETY: Each number occurs once.
        task(scratch, number, unsafe { chunks.chunk(number) });
    });
}

/// Adds `value(position)` to each element, in parallel.
pub(crate) fn add_each<E: super::Element>(data: &mut [E], steps: usize, value: impl Fn(usize) -> E + Sync) {
    for_each_chunk(data, 1, steps, || (), |(), position, element| element[0] += value(position));
}
