//! Threads that help, and stay awake for a while when there is nothing to do: waking one takes as long as what it would do.

use std::hint::spin_loop;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle, Thread};

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
    if looks.is_multiple_of(LOOKS_BEFORE_YIELD) { thread::yield_now() } else { spin_loop() }
}

/// A thread that helps, seen by those who have work for it.
pub(super) struct Helper {
    thread: Thread,
    sleeps: Arc<AtomicBool>,
}

impl Helper {
    /// Starts a thread, which does `help` all its life.
    pub(super) fn spawn(
        name: String,
        help: impl FnOnce(Idleness) + Send + 'static,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let sleeps = Arc::new(AtomicBool::new(false));
        let idleness = Idleness { sleeps: Arc::clone(&sleeps), looks: 0 };
        let handle = thread::Builder::new().name(name).spawn(move || help(idleness))?;
        Ok((Helper { thread: handle.thread().clone(), sleeps }, handle))
    }

    /// Wakes it, if it sleeps. What it is to see must have been stored before, in the order that is one for all.
    pub(super) fn wake(&self) {
        if self.sleeps.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
    }
}

/// How long a helper has had nothing to do.
pub(super) struct Idleness {
    sleeps: Arc<AtomicBool>,
    looks: usize,
}

impl Idleness {
    /// It had something to do.
    pub(super) fn end(&mut self) {
        self.looks = 0;
    }

    /// Lets a moment pass, or, after so many, sleeps until somebody has work; unless `is_idle` says that somebody has. That must
    /// look in the order that is one for all: so either the helper sees what was stored, or is seen to sleep.
    pub(super) fn go_on(&mut self, looks_before_sleep: usize, is_idle: impl Fn() -> bool) {
        if self.looks < looks_before_sleep {
            return look_away(&mut self.looks);
        }
        self.sleeps.store(true, Ordering::SeqCst);
        if is_idle() {
            thread::park();
        }
        self.sleeps.store(false, Ordering::SeqCst);
        self.looks = 0;
    }
}
