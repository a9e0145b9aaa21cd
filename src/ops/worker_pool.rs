//! A thread pool: its threads run the tasks of a job together.
//!
//! A training step runs some dozens of operations, each of which takes 10 to 100 microseconds. A step of a small plan takes a few
//! microseconds, and waking a thread takes as long. So workers stay awake for a while when they have no work. Each thread takes
//! the next task when it is free. If the operating system doesn't schedule a worker, the caller runs all tasks itself, and
//! doesn't wait for that worker.
//!
//! Each session of a plan has a pool of its own. All other operations share one pool; while a job uses it, jobs of other threads
//! run on their own thread alone.
//!
//! The threads communicate through [`Shared`]. `scripts/loom.sh` tests it under the possible interleavings of threads.

use std::any::Any;
use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, TryLockError};

use super::sync::{Arc, AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, JoinHandle, Ordering};
use super::worker::{Idleness, Worker, wait};

/// The function that each participating thread runs. Its arguments are the thread's number (0 for the caller), the first of its
/// tasks, and a function that returns the next ones.
type Job<'a> = dyn Fn(usize, usize, &dyn Fn() -> Option<usize>) + Sync + 'a;

/// The lower half of `claims` while there is no job.
const NOTHING_LEFT: u64 = u32::MAX as u64;

/// The greatest number of tasks that a job of a pool may have.
pub(super) const MOST_TASKS: usize = NOTHING_LEFT as usize - 1;

/// The state that the threads share.
struct Shared {
    /// The number of the job in the upper half, and the next task that no thread has taken in the lower half.
    claims: AtomicU64,
    /// How many tasks the job has.
    tasks: AtomicUsize,
    /// How many tasks are done.
    done: AtomicUsize,
    /// How many workers may take part. A worker may still see the number of the previous job.
    most: AtomicUsize,
    /// The address of a reference to the job, on the stack of the thread that called `run`.
    job: AtomicPtr<()>,
    has_panicked: AtomicBool,
    /// Whether the pool is being dropped.
    ends: AtomicBool,
}

impl Shared {
    /// Takes a task, if one is left.
    fn take(&self) -> Option<usize> {
        let mut seen = self.claims.load(Ordering::Acquire);
        loop {
            let task = (seen & NOTHING_LEFT) as usize;
            if task as u64 == NOTHING_LEFT || task >= self.tasks.load(Ordering::Acquire) {
                return None;
            }
            match self.claims.compare_exchange_weak(seen, seen + 1, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(task),
                Err(now) => seen = now,
            }
        }
    }

    /// Runs tasks from `first` on. Returns the number of tasks that this thread took, and the payload if the job panicked.
    fn take_part(&self, job: &Job<'_>, thread: usize, first: usize) -> (usize, Option<Box<dyn Any + Send>>) {
        let taken = Cell::new(1);
        let next = || self.take().inspect(|_| taken.set(taken.get() + 1));
        let result = catch_unwind(AssertUnwindSafe(|| job(thread, first, &next)));
        // The remaining tasks of a job that panicked are taken, but not run.
        if result.is_err() {
            while next().is_some() {}
        }
        (taken.get(), result.err())
    }

    /// The main loop of the worker with this number. Numbers start at 0.
    fn work(&self, number: usize, looks_before_sleep: usize, mut idleness: Idleness) {
        while !self.ends.load(Ordering::Acquire) {
            if number < self.most.load(Ordering::Relaxed)
                && let Some(first) = self.take()
            {
                let done = {
                    let job: *const &Job<'_> = self.job.load(Ordering::Relaxed).cast_const().cast();
                    // SAFETY: This thread has taken a task of the job, and the job's address was stored before its tasks could be
                    // taken. The caller, whose stack holds the job, waits until all tasks are done. This thread reports its tasks
                    // as done only below, after its last use of the job.
                    let (done, panic) = self.take_part(unsafe { *job }, number + 1, first);
                    if panic.is_some() {
                        self.has_panicked.store(true, Ordering::Relaxed);
                    }
                    done
                };
                // A thread that sees this count also sees that the worker panicked.
                self.done.fetch_add(done, Ordering::Release);
                idleness.end();
                continue;
            }
            let has_no_job = || self.claims.load(Ordering::Acquire) & NOTHING_LEFT == NOTHING_LEFT;
            idleness.go_on(looks_before_sleep, || has_no_job() && !self.ends.load(Ordering::Acquire));
        }
    }
}

/// The workers of a pool, and the state that they share with the thread that calls `run`.
pub(super) struct WorkerPool {
    shared: Arc<Shared>,
    workers: Vec<(Worker, JoinHandle<()>)>,
    /// The prefix of the threads' names.
    name: &'static str,
    /// How often a worker looks for work before it goes to sleep.
    looks_before_sleep: usize,
}

impl WorkerPool {
    /// A pool without workers.
    pub(super) fn new(name: &'static str, looks_before_sleep: usize) -> Self {
        let shared = Shared {
            claims: AtomicU64::new(NOTHING_LEFT),
            tasks: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            job: AtomicPtr::new(std::ptr::null_mut()),
            has_panicked: AtomicBool::new(false),
            ends: AtomicBool::new(false),
        };
        WorkerPool { shared: Arc::new(shared), workers: Vec::new(), name, looks_before_sleep }
    }

    /// Starts the workers that are missing for jobs on `threads` threads, which include the caller's.
    ///
    /// # Errors
    /// If the operating system can't start a thread. The workers that were started before stay.
    pub(super) fn grow(&mut self, threads: usize) -> io::Result<()> {
        while self.threads() < threads {
            let (number, shared, looks) = (self.workers.len(), Arc::clone(&self.shared), self.looks_before_sleep);
            let work = move |idleness| shared.work(number, looks, idleness);
            self.workers.push(Worker::spawn(format!("{} {}", self.name, number + 1), work)?);
        }
        Ok(())
    }

    /// The number of threads that jobs can run on, which includes the caller's.
    pub(super) fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Runs all tasks of a job, on at most `threads` threads. `job` is called once on each participating thread.
    ///
    /// # Panics
    /// If the job panics. Other tasks may not have run then.
    pub(super) fn run(&mut self, threads: usize, tasks: usize, job: &Job<'_>) {
        let threads = threads.min(tasks);
        if threads < 2 || self.workers.is_empty() {
            return run_alone(tasks, job);
        }
        assert!(tasks <= MOST_TASKS, "a job of a pool has at most {MOST_TASKS} tasks, but received {tasks}");
        let shared = &*self.shared;
        let address: *const &Job<'_> = &job;
        shared.job.store(address.cast_mut().cast(), Ordering::Relaxed);
        // A thread that sees this number also sees that the previous job has no tasks left.
        shared.tasks.store(tasks, Ordering::Release);
        shared.done.store(0, Ordering::Relaxed);
        shared.most.store(threads - 1, Ordering::Relaxed);
        let number = (shared.claims.load(Ordering::Relaxed) >> 32).wrapping_add(1);
        shared.claims.store(number << 32, Ordering::Release);
        Worker::wake(self.workers.iter().take(threads - 1).map(|(worker, _)| worker));
        let (done, panic) = shared.take().map_or((0, None), |first| shared.take_part(job, 0, first));
        shared.done.fetch_add(done, Ordering::Release);
        wait(|| shared.done.load(Ordering::Acquire) >= tasks);
        shared.claims.store(number << 32 | NOTHING_LEFT, Ordering::Release);
        let worker_panicked = shared.has_panicked.swap(false, Ordering::Relaxed);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
        assert!(!worker_panicked, "a worker panicked, which its own message reports");
    }
}

impl Drop for WorkerPool {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Release);
        Worker::wake(self.workers.iter().map(|(worker, _)| worker));
        for (_, thread) in self.workers.drain(..) {
            // The panics of jobs are caught, so a worker never panics.
            let _ = thread.join();
        }
    }
}

/// Runs all tasks of a job on this thread, one after the other.
fn run_alone(tasks: usize, job: &Job<'_>) {
    if tasks > 0 {
        let next = Cell::new(1);
        job(0, 0, &|| (next.get() < tasks).then(|| next.replace(next.get() + 1)));
    }
}

/// As [`WorkerPool::run`], on the pool that the process shares. Its workers go to sleep after some hundred microseconds.
pub(super) fn run(threads: usize, tasks: usize, job: &Job<'_>) {
    static POOL: Mutex<Option<WorkerPool>> = Mutex::new(None);

    if threads > 1 && (2..=MOST_TASKS).contains(&tasks) {
        // A panic of a job leaves the workers intact, so a poisoned pool is usable.
        let pool = match POOL.try_lock() {
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            free => free.ok(),
        };
        if let Some(mut pool) = pool {
            let pool = pool.get_or_insert_with(|| WorkerPool::new("shapewright", 10_000));
            // If threads are missing, the job only takes longer.
            let _ = pool.grow(threads.min(tasks));
            return pool.run(threads, tasks, job);
        }
    }
    run_alone(tasks, job);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    /// Runs `tasks` tasks, and counts how often each of them runs.
    fn counts(threads: usize, tasks: usize) -> Vec<usize> {
        let counts: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
        run(threads, tasks, &|_, first, next| {
            let mut task = Some(first);
            while let Some(number) = task {
                counts[number].fetch_add(1, Ordering::Relaxed);
                task = next();
            }
        });
        counts.into_iter().map(AtomicUsize::into_inner).collect()
    }

    /// With any number of threads and tasks, also after the workers went to sleep, and while other threads use the pool.
    #[test]
    fn every_task_is_done_once() {
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for round in 0..300 {
                        let (threads, tasks) = (1 + round % 4, round % 17);
                        assert_eq!(counts(threads, tasks), vec![1; tasks]);
                        if round % 100 == 99 {
                            thread::sleep(Duration::from_millis(20));
                        }
                    }
                });
            }
        });
    }

    /// A job with more tasks than a pool can count runs on the caller's thread. (A job may leave tasks untaken.)
    #[test]
    fn tasks_are_more_than_can_be_counted() {
        for tasks in [NOTHING_LEFT as usize, 1 << 32, usize::MAX] {
            let here = thread::current().id();
            run(4, tasks, &|_, first, next| {
                assert_eq!((first, next(), next()), (0, Some(1), Some(2)), "of {tasks}");
                assert_eq!(thread::current().id(), here, "of {tasks}");
            });
        }
    }

    /// A job that is started inside a task runs on that task's thread.
    #[test]
    fn tasks_have_tasks() {
        run(3, 5, &|_, _, next| {
            assert_eq!(counts(3, 4), [1; 4]);
            while next().is_some() {}
        });
    }

    /// A panic reaches the caller, and the pool still works afterwards.
    #[test]
    fn panics_are_passed_on() {
        for _ in 0..10 {
            let result = catch_unwind(|| {
                run(2, 8, &|_, first, next| {
                    let mut task = Some(first);
                    while let Some(number) = task {
                        assert!(number != 5, "on purpose");
                        task = next();
                    }
                });
            });
            assert!(result.is_err());
            assert_eq!(counts(2, 8), [1; 8]);
        }
        // Several threads still run tasks: two tasks wait for each other. Other tests may use the pool for a while.
        let deadline = Instant::now() + Duration::from_secs(60);
        let meet = || {
            let (here, met) = (AtomicUsize::new(0), AtomicBool::new(false));
            run(2, 2, &|_, _, next| {
                here.fetch_add(1, Ordering::SeqCst);
                let patience = Instant::now() + Duration::from_millis(50);
                while here.load(Ordering::SeqCst) < 2 && Instant::now() < patience {
                    thread::yield_now();
                }
                met.fetch_or(here.load(Ordering::SeqCst) == 2, Ordering::SeqCst);
                while next().is_some() {}
            });
            met.into_inner()
        };
        while !meet() {
            assert!(Instant::now() < deadline, "the pool works on");
        }
    }
}
