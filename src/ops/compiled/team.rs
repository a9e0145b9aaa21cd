//! A program with its arena and the threads that run it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::arena::Arena;
use super::program::{Part, Program};
use crate::ops::Element;
use crate::ops::worker_pool::WorkerPool;

/// How often a worker looks for work before it goes to sleep, which takes about a millisecond.
const LOOKS_BEFORE_SLEEP: usize = 20_000;

/// A program, the threads that run it, and the arena that they compute in.
pub(crate) struct Team<E: Element> {
    program: Arc<Program<E>>,
    arena: Arena<E>,
    /// The number of parts that each step is divided into.
    parts: Vec<usize>,
    pool: WorkerPool,
}

impl<E: Element> Team<E> {
    /// A team of `size` threads, which include the caller's.
    ///
    /// # Errors
    /// If the operating system can't start a thread, or can't provide the memory of the arena.
    pub(crate) fn new(program: Arc<Program<E>>, size: usize) -> std::io::Result<Self> {
        let size = size.max(1);
        let arena = Arena::try_new(program.arena(size), program.indices()).ok_or(std::io::ErrorKind::OutOfMemory)?;
        let mut pool = WorkerPool::new("shapewright session", LOOKS_BEFORE_SLEEP);
        pool.grow(size)?;
        Ok(Team { arena, parts: program.parts(size), program, pool })
    }

    /// The number of threads, which includes the caller's.
    pub(crate) fn size(&self) -> usize {
        self.pool.threads()
    }

    /// The arena, in which the caller writes inputs and reads outputs.
    pub(crate) fn arena(&mut self) -> &mut Arena<E> {
        &mut self.arena
    }

    /// Runs the program.
    pub(crate) fn run(&mut self) {
        let Team { program, arena, parts, pool } = self;
        let (program, memory, threads) = (&**program, arena.memory(), pool.threads());
        for (step, &of) in parts.iter().enumerate() {
            pool.run(threads, of, &|thread, first, next| {
                let mut part = Some(first);
                while let Some(number) = part {
                    // SAFETY: The pool gives each part to one thread, and each thread a number of its own below `threads`. It
                    // returns after all parts of the step are done. The arena belongs to this team, and is borrowed mutably.
                    unsafe { program.run(&memory, thread, step, Part { number, of }) }
                    part = next();
                }
            });
        }
    }

    /// Runs the program on the caller's thread alone. Returns the cost estimate and the duration of each step.
    pub(crate) fn run_timed(&mut self) -> Vec<(usize, Duration)> {
        let (program, memory) = (&*self.program, self.arena.memory());
        let time = |(step, cost)| {
            let start = Instant::now();
            // SAFETY: No other thread uses the arena, which belongs to this team and is borrowed mutably.
            unsafe { program.run(&memory, 0, step, Part { number: 0, of: 1 }) }
            (cost, start.elapsed())
        };
        program.costs().enumerate().map(time).collect()
    }
}
