//! The pool of workers, in all orders in which its threads may meet: each task is done once, with its thread alone, and before
//! whoever asked goes on; nobody waits for ever; and a worker that sleeps is woken.

use loom::cell::UnsafeCell;
use loom::model::Builder;

use super::worker_pool::WorkerPool;

/// What tasks write, each its own: `loom` reports two threads at one of them at a time.
struct Counts(Vec<UnsafeCell<usize>>);

// SAFETY: `loom` checks what this promises.
unsafe impl Sync for Counts {}

/// Runs a job, and checks that each of its tasks was done once.
fn run(pool: &mut WorkerPool, tasks: usize) {
    let counts = Counts((0..tasks).map(|_| UnsafeCell::new(0)).collect());
    // Each thread that takes part has a number, and what belongs to it.
    let threads = pool.threads();
    let scratch = Counts((0..threads).map(|_| UnsafeCell::new(0)).collect());
    let (counts, scratch) = (&counts, &scratch);
    pool.run(threads, tasks, &|thread, first, next| {
        let mut task = Some(first);
        while let Some(number) = task {
            // SAFETY: `loom` checks that nobody else has them.
            counts.0[number].with_mut(|count| unsafe { *count += 1 });
            scratch.0[thread].with_mut(|count| unsafe { *count += 1 });
            task = next();
        }
    });
    // SAFETY: As above.
    assert!(counts.0.iter().all(|count| count.with(|count| unsafe { *count }) == 1));
    let total: usize = scratch.0.iter().map(|count| count.with(|count| unsafe { *count })).sum();
    assert_eq!(total, tasks);
}

/// A worker, which sleeps after two looks in vain, and whoever leads it do jobs of so many tasks, one after the other. (Two workers
/// would be more than `loom` can try: each looks again and again, in any order with the other.)
fn model(jobs: &'static [usize]) {
    let mut builder = Builder::new();
    // More interruptions in one order take hours, and find no more in loom's own experience.
    builder.preemption_bound = Some(3);
    builder.check(move || {
        let mut pool = WorkerPool::new("model", 1);
        pool.grow(2).expect("a thread");
        jobs.iter().for_each(|&tasks| run(&mut pool, tasks));
    });
}

#[test]
fn a_job() {
    model(&[2]);
}

/// The second job has more tasks than the first, and the third fewer: none is taken for another's.
#[test]
fn jobs() {
    model(&[2, 3]);
    model(&[3, 2]);
}
