//! A thread of a thread pool. It stays awake for a while when it has no work, because waking a thread takes as long as a typical
//! job.

use std::io;

use super::sync::{Arc, AtomicBool, Builder, JoinHandle, Ordering, Thread, fence, park, spin_loop, yield_now};

/// How often a waiting thread checks its condition before it yields its processor.
const LOOKS_BEFORE_YIELD: usize = 500;

/// Waits until the condition holds, without sleeping.
pub(super) fn wait(is_over: impl Fn() -> bool) {
    let mut looks = 0;
    while !is_over() {
        look_away(&mut looks);
    }
}

/// Waits for a moment: a spin-loop hint, or from time to time a yield.
fn look_away(looks: &mut usize) {
    *looks += 1;
    if looks.is_multiple_of(LOOKS_BEFORE_YIELD) { yield_now() } else { spin_loop() }
}

/// A worker, as seen by the threads that give it work.
pub(super) struct Worker {
    thread: Thread,
    sleeps: Arc<AtomicBool>,
}

impl Worker {
    /// Starts a thread, which runs `work` until it returns.
    pub(super) fn spawn(
        name: String,
        work: impl FnOnce(Idleness) + Send + 'static,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let sleeps = Arc::new(AtomicBool::new(false));
        let idleness = Idleness { sleeps: Arc::clone(&sleeps), looks: 0 };
        let handle = Builder::new().name(name).spawn(move || work(idleness))?;
        Ok((Worker { thread: handle.thread().clone(), sleeps }, handle))
    }

    /// Wakes the workers that sleep. The caller stores what the workers are to see before this call.
    pub(super) fn wake<'a>(workers: impl Iterator<Item = &'a Worker>) {
        // If two threads each store a value, pass a `SeqCst` fence, and load the value of the other, at least one of them sees
        // the other's store. So either the worker sees its work, or this thread sees that the worker sleeps.
        fence(Ordering::SeqCst);
        workers.filter(|worker| worker.sleeps.load(Ordering::Relaxed)).for_each(|worker| worker.thread.unpark());
    }
}

/// How long a worker has had nothing to do.
pub(super) struct Idleness {
    sleeps: Arc<AtomicBool>,
    looks: usize,
}

impl Idleness {
    /// Resets the count, because the worker had work.
    pub(super) fn end(&mut self) {
        self.looks = 0;
    }

    /// Waits for a moment. After `looks_before_sleep` calls it sleeps until it is woken, unless `is_idle` returns that there is
    /// work.
    pub(super) fn go_on(&mut self, looks_before_sleep: usize, is_idle: impl Fn() -> bool) {
        if self.looks < looks_before_sleep {
            return look_away(&mut self.looks);
        }
        self.sleeps.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if is_idle() {
            park();
        }
        self.sleeps.store(false, Ordering::Relaxed);
        self.looks = 0;
    }
}
