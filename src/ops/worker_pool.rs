//! Threads that do the tasks of a job together.
//!
//! Training does some dozens of things a step, each of some ten or hundred microseconds; a step of a small plan takes microseconds;
//! and waking a thread takes as long. So workers stay awake for a while if there is nothing to do. Whoever is free takes the next
//! task: if the operating system has no processor for a worker, the caller does all tasks by itself, and waits for nobody.
//!
//! Each session of a plan has a pool of its own. All else shares one: while it works for one thread, the jobs of other threads
//! are done by those alone.
//!
//! What threads tell each other is a [`Shared`]. `scripts/loom.sh` tries the orders in which that may happen.

use std::any::Any;
use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, TryLockError};

use super::sync::{Arc, AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, JoinHandle, Ordering};
use super::worker::{Idleness, Worker, wait};

/// What each thread does that takes part. It gets its number, which for the caller is 0, the first of its tasks, and where to get
/// the next ones.
type Job<'a> = dyn Fn(usize, usize, &dyn Fn() -> Option<usize>) + Sync + 'a;

/// The lower half of `claims` while there is no job.
const NOTHING_LEFT: u64 = u32::MAX as u64;

/// The most tasks that a job of a pool may have.
pub(super) const MOST_TASKS: usize = NOTHING_LEFT as usize - 1;

/// What the threads share.
struct Shared {
    /// The number of the job in the upper half, and the next task that nobody has taken in the lower.
    claims: AtomicU64,
    /// How many tasks the job has.
    tasks: AtomicUsize,
    /// How many of them are done.
    done: AtomicUsize,
    /// How many workers may take part. One that is late may see how many might in the job before.
    most: AtomicUsize,
    /// The address of a reference to the job, on the stack of the thread that leads it.
    job: AtomicPtr<()>,
    has_panicked: AtomicBool,
    /// Whether the pool is gone.
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

    /// Does tasks from the first on: how many they were, and how it panicked, if it did.
    fn take_part(&self, job: &Job<'_>, thread: usize, first: usize) -> (usize, Option<Box<dyn Any + Send>>) {
        let taken = Cell::new(1);
        let next = || self.take().inspect(|_| taken.set(taken.get() + 1));
        let result = catch_unwind(AssertUnwindSafe(|| job(thread, first, &next)));
        // What is left of a job that panicked is done by nobody, but taken.
        if result.is_err() {
            while next().is_some() {}
        }
        (taken.get(), result.err())
    }

    /// What the worker with that number, from 0 on, does all its life.
    fn work(&self, number: usize, looks_before_sleep: usize, mut idleness: Idleness) {
        while !self.ends.load(Ordering::Acquire) {
            if number < self.most.load(Ordering::Relaxed)
                && let Some(first) = self.take()
            {
                let done = {
                    let job: *const &Job<'_> = self.job.load(Ordering::Relaxed).cast_const().cast();
                    // SAFETY: This thread has taken a task of the job whose address was stored before its tasks could be taken. The
                    // leader, on whose stack it is, waits until all tasks are done, which is reported of this one below, where the
                    // job isn't used any more.
                    let (done, panic) = self.take_part(unsafe { *job }, number + 1, first);
                    if panic.is_some() {
                        self.has_panicked.store(true, Ordering::Relaxed);
                    }
                    done
                };
                // Whoever sees it sees that it panicked, too.
                self.done.fetch_add(done, Ordering::Release);
                idleness.end();
                continue;
            }
            let has_no_job = || self.claims.load(Ordering::Acquire) & NOTHING_LEFT == NOTHING_LEFT;
            idleness.go_on(looks_before_sleep, || has_no_job() && !self.ends.load(Ordering::Acquire));
        }
    }
}

/// Workers, and what they share with whoever leads them.
pub(super) struct WorkerPool {
    shared: Arc<Shared>,
    workers: Vec<(Worker, JoinHandle<()>)>,
    /// What the names of its threads begin with.
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

    /// Starts as many workers as are missing for jobs on that many threads, the caller's one of them.
    ///
    /// # Errors
    /// If the operating system has no more threads; those that there are stay.
    pub(super) fn grow(&mut self, threads: usize) -> io::Result<()> {
        while self.threads() < threads {
            let (number, shared, looks) = (self.workers.len(), Arc::clone(&self.shared), self.looks_before_sleep);
            let work = move |idleness| shared.work(number, looks, idleness);
            self.workers.push(Worker::spawn(format!("{} {}", self.name, number + 1), work)?);
        }
        Ok(())
    }

    /// On how many threads jobs can run, the caller's one of them.
    pub(super) fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Does all tasks of a job, by that many threads or fewer. `job` is called once on each thread that takes part.
    ///
    /// # Panics
    /// If the job panics. The other tasks may not be done then.
    pub(super) fn run(&mut self, threads: usize, tasks: usize, job: &Job<'_>) {
        let threads = threads.min(tasks);
        if threads < 2 || self.workers.is_empty() {
            return run_alone(tasks, job);
        }
        assert!(tasks <= MOST_TASKS, "a job of a pool has at most {MOST_TASKS} tasks, but received {tasks}");
        let shared = &*self.shared;
        let address: *const &Job<'_> = &job;
        shared.job.store(address.cast_mut().cast(), Ordering::Relaxed);
        // Who sees this number sees that the job before has nothing left.
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
            // What a job panics with is caught, so that a worker never does.
            let _ = thread.join();
        }
    }
}

/// Does all tasks of a job, one after the other.
fn run_alone(tasks: usize, job: &Job<'_>) {
    if tasks > 0 {
        let next = Cell::new(1);
        job(0, 0, &|| (next.get() < tasks).then(|| next.replace(next.get() + 1)));
    }
}

/// As [`WorkerPool::run`], by the pool that the process shares, whose workers sleep after some hundred microseconds.
pub(super) fn run(threads: usize, tasks: usize, job: &Job<'_>) {
    static POOL: Mutex<Option<WorkerPool>> = Mutex::new(None);

    if threads > 1 && (2..=MOST_TASKS).contains(&tasks) {
        // A job that panicked left the workers as they are.
        let pool = match POOL.try_lock() {
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            free => free.ok(),
        };
        if let Some(mut pool) = pool {
            let pool = pool.get_or_insert_with(|| WorkerPool::new("shapewright", 10_000));
            // With fewer threads it takes longer.
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

    /// Does each of so many tasks, and counts how often.
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

    /// However many threads and tasks there are, after a sleep too, and while others ask at the same time.
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

    /// More tasks than a pool can count are all handed out, and nobody waits for them to be counted. (A job may leave what is left.)
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

    /// What is asked for within a task is done by that task's thread.
    #[test]
    fn tasks_have_tasks() {
        run(3, 5, &|_, _, next| {
            assert_eq!(counts(3, 4), [1; 4]);
            while next().is_some() {}
        });
    }

    /// A panic reaches whoever asked, and the pool works on.
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
        // By more than one thread: two tasks wait for each other. Others may have the pool for a while.
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
