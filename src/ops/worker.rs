//! A thread that works for others, and stays awake for a while if there is nothing to do: waking it takes as long as its work.

use std::io;

use super::sync::{Arc, AtomicBool, Builder, JoinHandle, Ordering, Thread, fence, park, spin_loop, yield_now};

/// How often a thread looks before it lets others have its processor.
const LOOKS_BEFORE_YIELD: usize = 500;

/// Looks again and again.
pub(super) fn wait(is_over: impl Fn() -> bool) {
    let mut looks = 0;
    while !is_over() {
        look_away(&mut looks);
    }
}

/// Lets a moment pass.
fn look_away(looks: &mut usize) {
    *looks += 1;
    if looks.is_multiple_of(LOOKS_BEFORE_YIELD) { yield_now() } else { spin_loop() }
}

/// A worker, seen by those who have work for it.
pub(super) struct Worker {
    thread: Thread,
    sleeps: Arc<AtomicBool>,
}

impl Worker {
    /// Starts a thread, which does `work` all its life.
    pub(super) fn spawn(
        name: String,
        work: impl FnOnce(Idleness) + Send + 'static,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let sleeps = Arc::new(AtomicBool::new(false));
        let idleness = Idleness { sleeps: Arc::clone(&sleeps), looks: 0 };
        let handle = Builder::new().name(name).spawn(move || work(idleness))?;
        Ok((Worker { thread: handle.thread().clone(), sleeps }, handle))
    }

    /// Wakes each that sleeps. What they are to see must have been stored before.
    pub(super) fn wake<'a>(workers: impl Iterator<Item = &'a Worker>) {
        // Of two threads that store, pass a fence like this one, and look at what the other stored, one sees it: either a worker
        // sees its work, or it is seen to sleep.
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
    /// It had something to do.
    pub(super) fn end(&mut self) {
        self.looks = 0;
    }

    /// Lets a moment pass, or, after so many, sleeps until somebody has work; unless `is_idle` says that somebody has.
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
