//! A list of steps.

use std::fmt::Debug;

use super::arena::{Arena, Memory, View};
use super::team::Team;
use crate::ops::Element;

/// Below this many elementary steps, to divide a step between threads, and to wait for them, costs more than it saves.
const WORTH_DIVIDING: usize = 1 << 14;

/// A part of a step: which of how many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// Its number, counted from 0.
    pub(super) number: usize,
    /// How many parts there are.
    pub(super) of: usize,
}

impl Part {
    /// The part's share of so many things.
    pub(super) fn share(self, things: usize) -> std::ops::Range<usize> {
        things * self.number / self.of..things * (self.number + 1) / self.of
    }
}

/// Something that is computed in an arena.
pub(crate) trait Step<E>: Debug + Send + Sync {
    /// What it reads.
    fn reads(&self) -> Vec<View>;

    /// What it writes.
    fn writes(&self) -> View;

    /// How many elementary steps it takes, about: a multiplication of each number of a vector is one.
    fn cost(&self) -> usize;

    /// How many numbers each thread needs for itself.
    fn scratch(&self) -> usize {
        0
    }

    /// Computes a part of it, with the thread's own numbers at `scratch`.
    ///
    /// # Safety
    /// All that it reads and writes lies in the arena, as does the scratch. While any part of it runs, nobody else writes what
    /// it reads, nor reads or writes what it writes or the thread's own numbers; and no part runs twice at a time.
    unsafe fn run(&self, memory: &Memory<'_, E>, scratch: usize, part: Part);
}

/// Steps that are run one after the other.
#[derive(Debug)]
pub(crate) struct Program<E> {
    steps: Vec<Box<dyn Step<E>>>,
    length: usize,
}

impl<E: Element> Program<E> {
    /// No steps yet, in an arena of that many numbers.
    pub(crate) fn new(length: usize) -> Self {
        Program { steps: Vec::new(), length }
    }

    /// Adds a step.
    ///
    /// # Panics
    /// If it reads or writes what isn't in the arena, or reads in one place what it writes in another.
    pub(crate) fn push(&mut self, step: Box<dyn Step<E>>) {
        let writes = step.writes();
        assert!(writes.end() <= self.length, "{step:?} writes behind the arena's {} numbers", self.length);
        for read in step.reads() {
            assert!(read.end() <= self.length, "{step:?} reads behind the arena's {} numbers", self.length);
            assert!(read == writes || read.is_apart_from(&writes), "{step:?} writes what it reads");
        }
        self.steps.push(step);
    }

    /// How many steps there are.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// How many numbers an arena must have for that many threads.
    pub(crate) fn arena(&self, threads: usize) -> usize {
        self.length + threads * self.scratch()
    }

    fn scratch(&self) -> usize {
        // Each thread's begins at a line of the cache, if the arena does.
        self.steps.iter().map(|step| step.scratch()).max().unwrap_or(0).next_multiple_of(64)
    }

    /// How many threads have something to do.
    pub(crate) fn threads(&self, most: usize) -> usize {
        let worth = self.steps.iter().any(|step| step.cost() >= WORTH_DIVIDING);
        if worth { most.max(1) } else { 1 }
    }

    /// Runs all steps.
    ///
    /// # Panics
    /// If the arena is smaller than [`arena`](Program::arena) says.
    pub(crate) fn run(&self, arena: &mut Arena<E>, team: &mut Team) {
        let (memory, scratch, threads) = (arena.memory(), self.scratch(), team.size());
        assert!(memory.length() >= self.arena(threads), "the arena is too small for {threads} threads");
        team.run(&|number, meeting| {
            // What lies behind the steps' numbers is divided among the threads.
            let scratch = self.length + number * scratch;
            for step in &self.steps {
                let divided = step.cost() >= WORTH_DIVIDING;
                if divided || number == 0 {
                    let part = if divided { Part { number, of: threads } } else { Part { number: 0, of: 1 } };
                    // SAFETY: What it reads and writes was checked to lie in the arena when it was added, and the scratch just
                    // now. Threads run the same step at a time, since they meet behind each, and different parts of it. Nobody
                    // else has the arena, which is borrowed mutably.
                    unsafe { step.run(&memory, scratch, part) }
                }
                meeting.wait();
            }
        });
    }
}
