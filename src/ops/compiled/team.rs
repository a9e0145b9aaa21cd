//! Threads that work on the same steps, one step after the other.
//!
//! A step of a small network takes microseconds, and to wake a sleeping thread takes as long. So the helpers stay awake for a
//! while when their work is done, and wait for each other between steps without the operating system.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

/// How often a helper looks for work before it goes to sleep: some tens of microseconds long.
const LOOKS_BEFORE_SLEEP: usize = 20_000;

/// How often a thread looks whether the others are done before it lets others have its processor.
const LOOKS_BEFORE_YIELD: usize = 2_000;

/// What all do: a function of the thread's number, and of where to wait for the others.
type Job<'a> = dyn Fn(usize, &Meeting) + Sync + 'a;

/// Where threads wait until all of them are there.
#[derive(Debug)]
pub(super) struct Meeting {
    size: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
}

impl Meeting {
    /// A place for so many to meet.
    pub(super) fn new(size: usize) -> Self {
        Meeting { size, arrived: AtomicUsize::new(0), round: AtomicUsize::new(0) }
    }

    /// Waits for the others. What each wrote before, all read afterwards.
    pub(super) fn wait(&self) {
        if self.size == 1 {
            return;
        }
        let round = self.round.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.size {
            self.arrived.store(0, Ordering::Relaxed);
            self.round.store(round.wrapping_add(1), Ordering::Release);
            return;
        }
        let mut looks = 0_usize;
        while self.round.load(Ordering::Acquire) == round {
            looks += 1;
            if looks.is_multiple_of(LOOKS_BEFORE_YIELD) { thread::yield_now() } else { spin_loop() }
        }
    }
}

/// What the leader and its helpers share.
struct Shared {
    meeting: Meeting,
    /// The address of the job's fat pointer, which lies on the leader's stack while it waits; null where there is none.
    job: AtomicPtr<()>,
    /// How many jobs there have been.
    jobs: AtomicUsize,
    ends: AtomicBool,
}

/// A leader's helpers.
pub(crate) struct Team {
    shared: Arc<Shared>,
    helpers: Vec<Helper>,
}

struct Helper {
    thread: Option<JoinHandle<()>>,
    sleeps: Arc<AtomicBool>,
}

/// Ends the process if a helper panics: the others would wait for it forever.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            std::process::abort();
        }
    }
}

impl Team {
    /// A team of that many threads, the caller's one of them.
    pub(crate) fn new(size: usize) -> std::io::Result<Self> {
        let size = size.max(1);
        let shared = Arc::new(Shared {
            meeting: Meeting::new(size),
            job: AtomicPtr::default(),
            jobs: AtomicUsize::new(0),
            ends: AtomicBool::new(false),
        });
        let mut team = Team { shared: Arc::clone(&shared), helpers: Vec::with_capacity(size - 1) };
        for number in 1..size {
            let (shared, sleeps) = (Arc::clone(&shared), Arc::new(AtomicBool::new(false)));
            let asleep = Arc::clone(&sleeps);
            let work = move || help(number, &shared, &asleep);
            let thread = thread::Builder::new().name(format!("shapewright session {number}")).spawn(work)?;
            team.helpers.push(Helper { thread: Some(thread), sleeps });
        }
        Ok(team)
    }

    /// How many threads there are.
    pub(crate) fn size(&self) -> usize {
        self.helpers.len() + 1
    }

    /// Lets all threads do a job, and waits until all are done.
    pub(super) fn run(&mut self, job: &Job<'_>) {
        if self.helpers.is_empty() {
            return job(0, &self.shared.meeting);
        }
        let _abort = AbortOnPanic;
        let address: *const &Job<'_> = &job;
        self.shared.job.store(address.cast_mut().cast(), Ordering::Relaxed);
        // In one order for all with what a helper does before it sleeps: either it sees this job, or it is seen to sleep.
        self.shared.jobs.fetch_add(1, Ordering::SeqCst);
        for helper in &self.helpers {
            if helper.sleeps.load(Ordering::SeqCst)
                && let Some(thread) = &helper.thread
            {
                thread.thread().unpark();
            }
        }
        job(0, &self.shared.meeting);
        self.shared.meeting.wait();
    }
}

/// What a helper does all its life.
fn help(number: usize, shared: &Shared, sleeps: &AtomicBool) {
    let _abort = AbortOnPanic;
    let mut done = 0;
    loop {
        let mut looks = 0;
        while shared.jobs.load(Ordering::Acquire) == done {
            if shared.ends.load(Ordering::Acquire) {
                return;
            }
            looks += 1;
            if looks < LOOKS_BEFORE_SLEEP {
                spin_loop();
                continue;
            }
            sleeps.store(true, Ordering::SeqCst);
            if shared.jobs.load(Ordering::SeqCst) == done && !shared.ends.load(Ordering::SeqCst) {
                thread::park();
            }
            sleeps.store(false, Ordering::SeqCst);
        }
        done = done.wrapping_add(1);
        let job: *const &Job<'_> = shared.job.load(Ordering::Relaxed).cast_const().cast();
        // SAFETY: The address was stored before `jobs` was raised, which this thread has seen. The leader doesn't return from
        // `run`, in which the job lives, before all have met behind it, and no other job begins before that.
        let job = unsafe { *job };
        job(number, &shared.meeting);
        shared.meeting.wait();
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::SeqCst);
        for helper in &mut self.helpers {
            if let Some(thread) = helper.thread.take() {
                thread.thread().unpark();
                // A helper that panicked has ended the process.
                let _ = thread.join();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// What one thread writes before a meeting, all others read behind it, however often; also after a sleep.
    #[test]
    fn threads_see_what_the_others_wrote_before_they_met() {
        for size in [1, 2, 5] {
            let mut team = Team::new(size).unwrap();
            assert_eq!(team.size(), size);
            for round in 0..200 {
                if round == 100 {
                    thread::sleep(Duration::from_millis(20));
                }
                let written: Vec<AtomicUsize> = (0..size).map(|_| AtomicUsize::new(0)).collect();
                team.run(&|number, meeting| {
                    for step in 1..5 {
                        written[number].store(step, Ordering::Relaxed);
                        meeting.wait();
                        assert!(written.iter().all(|step_of| step_of.load(Ordering::Relaxed) == step));
                        meeting.wait();
                    }
                });
            }
        }
    }
}
