//! Threads that wait for work close by.
//!
//! Training does some dozens of things a step, each of some ten or hundred microseconds, and waking a thread takes as long. So
//! helpers stay awake for a while when there is nothing to do. Whoever is free takes the next task: if the operating system has
//! no processor for a helper, the caller does all by itself, and waits for nobody.
//!
//! There is one crew in a process. While it works for one thread, what others ask for is done by them alone.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, TryLockError};

use super::helper::{Helper, Idleness, wait};

/// How often a helper looks for work before it goes to sleep: some hundred microseconds long.
const LOOKS_BEFORE_SLEEP: usize = 10_000;

/// What each thread does that takes part: it gets the first of its tasks, and where to get the next ones.
type Job<'a> = dyn Fn(usize, &dyn Fn() -> Option<usize>) + Sync + 'a;

/// What the threads share.
struct Shared {
    /// The number of the job in the upper half, and the next task that nobody has taken in the lower.
    claims: AtomicU64,
    /// How many tasks the job has.
    tasks: AtomicUsize,
    /// How many of them are done.
    done: AtomicUsize,
    /// How many helpers may take part.
    most: AtomicUsize,
    /// The address of a reference to the job, on the stack of the thread that leads it.
    job: AtomicPtr<()>,
    has_panicked: AtomicBool,
}

static SHARED: Shared = Shared {
    claims: AtomicU64::new(NOTHING_LEFT),
    tasks: AtomicUsize::new(0),
    done: AtomicUsize::new(0),
    most: AtomicUsize::new(0),
    job: AtomicPtr::new(std::ptr::null_mut()),
    has_panicked: AtomicBool::new(false),
};

/// The lower half of `claims` while there is no job.
const NOTHING_LEFT: u64 = u32::MAX as u64;

/// The helpers; who has the lock leads them.
static HELPERS: Mutex<Vec<Helper>> = Mutex::new(Vec::new());

/// Does all tasks by up to that many threads. `job` is called once on each thread that takes part.
pub(super) fn run(threads: usize, tasks: usize, job: &Job<'_>) {
    if tasks == 0 {
        return;
    }
    // More than can be counted in half of `claims` are done by the caller alone, one after the other.
    if threads > 1 && (2..NOTHING_LEFT).contains(&(tasks as u64)) {
        // A job that panicked left the helpers as they are.
        let helpers = match HELPERS.try_lock() {
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            free => free.ok(),
        };
        if let Some(mut helpers) = helpers {
            return lead(&mut helpers, threads.min(tasks) - 1, tasks, job);
        }
    }
    let next = Cell::new(1);
    job(0, &|| (next.get() < tasks).then(|| next.replace(next.get() + 1)));
}

fn lead(helpers: &mut Vec<Helper>, most: usize, tasks: usize, job: &Job<'_>) {
    while helpers.len() < most {
        let number = helpers.len();
        // With fewer threads it takes longer. Those that there are stay as long as the process.
        let Ok((helper, _)) = Helper::spawn(format!("shapewright {number}"), move |idleness| help(number, idleness))
        else {
            break;
        };
        helpers.push(helper);
    }
    let address: *const &Job<'_> = &job;
    SHARED.job.store(address.cast_mut().cast(), Ordering::Relaxed);
    // Who sees this number sees that the job before has nothing left.
    SHARED.tasks.store(tasks, Ordering::Release);
    SHARED.done.store(0, Ordering::Relaxed);
    SHARED.most.store(most, Ordering::Relaxed);
    let number = (SHARED.claims.load(Ordering::Relaxed) >> 32).wrapping_add(1);
    SHARED.claims.store(number << 32, Ordering::SeqCst);
    helpers.iter().take(most).for_each(Helper::wake);
    let (done, panic) = take().map_or((0, None), |first| take_part(job, first));
    SHARED.done.fetch_add(done, Ordering::Release);
    wait(|| SHARED.done.load(Ordering::Acquire) >= tasks);
    SHARED.claims.store(number << 32 | NOTHING_LEFT, Ordering::Release);
    let helper_panicked = SHARED.has_panicked.swap(false, Ordering::Relaxed);
    if let Some(panic) = panic {
        resume_unwind(panic);
    }
    assert!(!helper_panicked, "a helper panicked, which its own message tells of");
}

/// Takes a task, if one is left.
fn take() -> Option<usize> {
    let mut seen = SHARED.claims.load(Ordering::Acquire);
    loop {
        let task = (seen & NOTHING_LEFT) as usize;
        if task as u64 == NOTHING_LEFT || task >= SHARED.tasks.load(Ordering::Acquire) {
            return None;
        }
        match SHARED.claims.compare_exchange_weak(seen, seen + 1, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return Some(task),
            Err(now) => seen = now,
        }
    }
}

/// Does tasks from the first on: how many they were, and how it panicked, if it did.
fn take_part(job: &Job<'_>, first: usize) -> (usize, Option<Box<dyn Any + Send>>) {
    let taken = Cell::new(1);
    let next = || take().inspect(|_| taken.set(taken.get() + 1));
    let result = catch_unwind(AssertUnwindSafe(|| job(first, &next)));
    // What is left of a job that panicked is done by nobody, but taken.
    if result.is_err() {
        while next().is_some() {}
    }
    (taken.get(), result.err())
}

/// What a helper does all its life.
fn help(number: usize, mut idleness: Idleness) {
    loop {
        if number < SHARED.most.load(Ordering::Relaxed)
            && let Some(first) = take()
        {
            let done = {
                let job: *const &Job<'_> = SHARED.job.load(Ordering::Relaxed).cast_const().cast();
                // SAFETY: This thread has taken a task of the job whose address was stored before its tasks could be taken. The
                // leader, on whose stack it is, waits until all tasks are done, which is said of this one below, where the job
                // isn't used any more.
                let (done, panic) = take_part(unsafe { *job }, first);
                if panic.is_some() {
                    SHARED.has_panicked.store(true, Ordering::Relaxed);
                }
                done
            };
            // Whoever sees it sees that it panicked, too.
            SHARED.done.fetch_add(done, Ordering::Release);
            idleness.end();
            continue;
        }
        let is_idle = || SHARED.claims.load(Ordering::SeqCst) & NOTHING_LEFT == NOTHING_LEFT;
        idleness.go_on(LOOKS_BEFORE_SLEEP, is_idle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;
    use std::time::{Duration, Instant};

    /// Does each of so many tasks, and counts how often.
    fn counts(threads: usize, tasks: usize) -> Vec<usize> {
        let counts: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
        run(threads, tasks, &|first, next| {
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

    /// More tasks than the crew can count are all handed out, and nobody waits for them to be counted. (A job may leave what is left.)
    #[test]
    fn tasks_are_more_than_can_be_counted() {
        for tasks in [NOTHING_LEFT as usize, 1 << 32, usize::MAX] {
            let here = thread::current().id();
            run(4, tasks, &|first, next| {
                assert_eq!((first, next(), next()), (0, Some(1), Some(2)), "of {tasks}");
                assert_eq!(thread::current().id(), here, "of {tasks}");
            });
        }
    }

    /// What is asked for within a task is done by that task's thread.
    #[test]
    fn tasks_have_tasks() {
        run(3, 5, &|_, next| {
            assert_eq!(counts(3, 4), [1; 4]);
            while next().is_some() {}
        });
    }

    /// A panic reaches whoever asked, and the crew works on.
    #[test]
    fn panics_are_passed_on() {
        for _ in 0..10 {
            let result = catch_unwind(|| {
                run(2, 8, &|first, next| {
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
        // By more than one thread: two tasks wait for each other. Others may have the crew for a while.
        let deadline = Instant::now() + Duration::from_secs(60);
        let meet = || {
            let (here, met) = (AtomicUsize::new(0), AtomicBool::new(false));
            run(2, 2, &|_, next| {
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
            assert!(Instant::now() < deadline, "the crew works on");
        }
    }
}
