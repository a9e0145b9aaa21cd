//! The threads that run a program, and the arena in which they do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::arena::Arena;
use super::program::{Part, Program};
use crate::ops::Element;
use crate::ops::worker_pool::WorkerPool;

/// How often a worker looks for work before it goes to sleep: about a millisecond long.
const LOOKS_BEFORE_SLEEP: usize = 20_000;

/// A program, the threads that run it, and the arena in which they do.
pub(crate) struct Team<E: Element> {
    program: Arc<Program<E>>,
    arena: Arena<E>,
    /// Into how many parts each step is divided.
    parts: Vec<usize>,
    pool: WorkerPool,
}

impl<E: Element> Team<E> {
    /// A team of that many threads, the caller's one of them.
    ///
    /// # Errors
    /// If the operating system has no more threads, or not as much memory as they compute in.
    pub(crate) fn new(program: Arc<Program<E>>, size: usize) -> std::io::Result<Self> {
        let size = size.max(1);
        let arena = Arena::try_new(program.arena(size)).ok_or(std::io::ErrorKind::OutOfMemory)?;
        let mut pool = WorkerPool::new("shapewright session", LOOKS_BEFORE_SLEEP);
        pool.grow(size)?;
        Ok(Team { arena, parts: program.parts(size), program, pool })
    }

    /// How many threads there are.
    pub(crate) fn size(&self) -> usize {
        self.pool.threads()
    }

    /// The arena, for what goes in and comes out.
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
                    // SAFETY: The pool gives each part to one thread, and each thread a number of its own below `threads`; it returns
                    // when all parts of the step are done. The arena is this team's, which is borrowed mutably.
                    unsafe { program.run(&memory, thread, step, Part { number, of }) }
                    part = next();
                }
            });
        }
    }

    /// Runs the program on the caller's thread alone: the cost of each step, and how long it took.
    pub(crate) fn run_timed(&mut self) -> Vec<(usize, Duration)> {
        let (program, memory) = (&*self.program, self.arena.memory());
        let time = |(step, cost)| {
            let start = Instant::now();
            // SAFETY: Nobody else runs anything in the arena, which is this team's, borrowed mutably.
            unsafe { program.run(&memory, 0, step, Part { number: 0, of: 1 }) }
            (cost, start.elapsed())
        };
        program.costs().enumerate().map(time).collect()
    }
}
