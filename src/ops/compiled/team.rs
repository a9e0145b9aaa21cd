//! Threads that run a program together.
//!
//! A step of a small network takes microseconds, and to wake a sleeping thread takes as long. So helpers stay awake for a
//! while when there is nothing to do. Steps are divided into parts, and whoever is free takes the next one: if the operating
//! system has no processor for a helper, the leader does all by itself, and waits for nobody.

use std::cell::UnsafeCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::arena::Arena;
use super::program::{Part, Program};
use crate::ops::Element;
use crate::ops::helper::{Helper, Idleness, wait};

/// How often a helper looks for work before it goes to sleep: about a millisecond long.
const LOOKS_BEFORE_SLEEP: usize = 20_000;

/// What `claims` is while nothing runs.
const IDLE: u64 = u64::MAX;

/// What the leader and its helpers share.
struct Shared<E> {
    program: Arc<Program<E>>,
    arena: UnsafeCell<Arena<E>>,
    /// Into how many parts each step is divided.
    parts: Vec<usize>,
    /// The step that runs, in the upper half, and the next of its parts that nobody has taken.
    claims: AtomicU64,
    /// How many parts of the step are done.
    done: AtomicUsize,
    ends: AtomicBool,
}

// SAFETY: All but the arena are shared anyway. Of the arena, a thread reads and writes what belongs to a part of a step that it
// has claimed, once the leader has opened that step; the leader touches it otherwise only while nothing runs.
unsafe impl<E: Send + Sync> Sync for Shared<E> {}

/// A leader, its helpers, and the arena that they work in.
pub(crate) struct Team<E: Element> {
    shared: Arc<Shared<E>>,
    helpers: Vec<(Helper, JoinHandle<()>)>,
}

/// Ends the process if a part panics: the others would wait for it forever.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            std::process::abort();
        }
    }
}

fn claim(step: usize, part: usize) -> u64 {
    (step as u64) << 32 | part as u64
}

impl<E: Element> Shared<E> {
    /// Takes a part of the step that runs, if there is one left.
    fn take(&self) -> Option<(usize, usize)> {
        let mut seen = self.claims.load(Ordering::Acquire);
        loop {
            let (step, part) = ((seen >> 32) as usize, (seen & u64::from(u32::MAX)) as usize);
            if seen == IDLE || part >= self.parts[step] {
                return None;
            }
            match self.claims.compare_exchange_weak(seen, seen + 1, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some((step, part)),
                Err(now) => seen = now,
            }
        }
    }

    /// Runs a part of a step.
    ///
    /// # Safety
    /// The step is the one that runs, and nobody else runs this part of it.
    unsafe fn run(&self, thread: usize, step: usize, part: usize) {
        // SAFETY: All threads that have the arena now run parts of the same step, each another one, says the caller.
        unsafe { self.program.run(&*self.arena.get(), thread, step, Part { number: part, of: self.parts[step] }) }
    }
}

impl<E: Element> Team<E> {
    /// A team of that many threads, the caller's one of them.
    ///
    /// # Errors
    /// If the operating system has no more threads, or not as much memory as they compute in.
    pub(crate) fn new(program: Arc<Program<E>>, size: usize) -> std::io::Result<Self> {
        let size = size.max(1);
        let arena = Arena::try_new(program.arena(size)).ok_or(std::io::ErrorKind::OutOfMemory)?;
        let shared = Arc::new(Shared {
            arena: UnsafeCell::new(arena),
            parts: program.parts(size),
            program,
            claims: AtomicU64::new(IDLE),
            done: AtomicUsize::new(0),
            ends: AtomicBool::new(false),
        });
        let mut team = Team { shared: Arc::clone(&shared), helpers: Vec::new() };
        for number in 1..size {
            let shared = Arc::clone(&shared);
            let help = move |idleness| help(number, &shared, idleness);
            team.helpers.push(Helper::spawn(format!("shapewright session {number}"), help)?);
        }
        Ok(team)
    }

    /// How many threads there are.
    pub(crate) fn size(&self) -> usize {
        self.helpers.len() + 1
    }

    /// The arena, for what goes in and comes out.
    pub(crate) fn arena(&mut self) -> &mut Arena<E> {
        // SAFETY: Helpers touch the arena while they run a part that they have claimed, and `run`, which is the only one to open
        // claims, doesn't return before all parts are done. It takes the team mutably, as this does.
        unsafe { &mut *self.shared.arena.get() }
    }

    /// Runs the program.
    pub(crate) fn run(&mut self) {
        // Alone, nobody waits.
        let _abort = (!self.helpers.is_empty()).then_some(AbortOnPanic);
        let shared = &*self.shared;
        let mut awake = self.helpers.is_empty();
        for (step, &parts) in shared.parts.iter().enumerate() {
            if parts == 1 {
                // SAFETY: No claims are open, so that nobody else runs anything.
                unsafe { shared.run(0, step, 0) }
                continue;
            }
            shared.done.store(0, Ordering::Relaxed);
            // In one order for all with what a helper does before it sleeps: either it sees this, or it is seen to sleep.
            shared.claims.store(claim(step, 0), Ordering::SeqCst);
            if !std::mem::replace(&mut awake, true) {
                self.helpers.iter().for_each(|(helper, _)| helper.wake());
            }
            while let Some((step, part)) = shared.take() {
                // SAFETY: The part has just been claimed, and the step stays open until all parts are done.
                unsafe { shared.run(0, step, part) }
                shared.done.fetch_add(1, Ordering::Release);
            }
            wait(|| shared.done.load(Ordering::Acquire) == parts);
        }
        shared.claims.store(IDLE, Ordering::Release);
    }

    /// Runs the program on the caller's thread alone: the cost of each step, and how long it took.
    pub(crate) fn run_timed(&mut self) -> Vec<(usize, Duration)> {
        let Shared { program, arena, .. } = &*self.shared;
        let time = |(step, cost)| {
            let start = Instant::now();
            // SAFETY: No claims are open, so that nobody else runs anything, nor has the arena.
            unsafe { program.run(&*arena.get(), 0, step, Part { number: 0, of: 1 }) }
            (cost, start.elapsed())
        };
        program.costs().enumerate().map(time).collect()
    }
}

/// What a helper does all its life.
fn help<E: Element>(number: usize, shared: &Shared<E>, mut idleness: Idleness) {
    let _abort = AbortOnPanic;
    while !shared.ends.load(Ordering::Acquire) {
        if let Some((step, part)) = shared.take() {
            // SAFETY: The part has just been claimed, and the leader keeps the step open until all parts are done.
            unsafe { shared.run(number, step, part) }
            shared.done.fetch_add(1, Ordering::Release);
            idleness.end();
            continue;
        }
        let is_idle = || shared.claims.load(Ordering::SeqCst) == IDLE && !shared.ends.load(Ordering::SeqCst);
        idleness.go_on(LOOKS_BEFORE_SLEEP, is_idle);
    }
}

impl<E: Element> Drop for Team<E> {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::SeqCst);
        for (_, thread) in self.helpers.drain(..) {
            thread.thread().unpark();
            // A helper that panicked has ended the process.
            let _ = thread.join();
        }
    }
}
