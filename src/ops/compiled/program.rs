//! Programs: lists of steps that run in an arena.

use std::fmt::Debug;

use super::arena::{Arena, Memory};
use super::view::View;
use crate::ops::Element;
use crate::ops::choice::asked;
use crate::ops::parallel::for_each_task;
use crate::ops::worker_pool::MOST_TASKS;

/// If a step takes fewer elementary steps than this, dividing it between threads costs more time than it saves.
const WORTH_DIVIDING: usize = 1 << 14;

/// A part of a step that is divided between threads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// The number of this part. Numbers start at 0.
    pub(super) number: usize,
    /// The number of parts.
    pub(super) of: usize,
}

impl Part {
    /// This part's range of `things` items. The ranges of all parts follow each other and cover all items.
    pub(super) fn share(self, things: usize) -> std::ops::Range<usize> {
        let (each, rest) = (things / self.of, things % self.of);
        let start = |number: usize| each * number + rest.min(number);
        start(self.number)..start(self.number + 1)
    }
}

/// A computation in an arena.
///
/// # Safety
/// [`run`](Step::run) accesses only the pixels of the views that [`reads`](Step::reads) and [`writes`](Step::writes) return, and
/// as many elements of scratch as [`scratch`](Step::scratch) returns. No two parts write the same element, or read an element
/// that the other writes. Each of these methods always returns the same value.
pub(crate) unsafe trait Step<E>: Debug + Send + Sync {
    /// The views that it reads besides the one that it writes.
    fn reads(&self) -> Vec<View>;

    /// The view that it writes. A step that works in place reads this view, too.
    fn writes(&self) -> View;

    /// The approximate number of elementary steps. One elementary step is a multiplication of vectors.
    fn cost(&self) -> usize;

    /// The best number of parts for the given number of threads.
    fn parts(&self, threads: usize) -> usize {
        threads.saturating_mul(2)
    }

    /// The number of elements that each thread needs as scratch memory.
    fn scratch(&self) -> usize {
        0
    }

    /// Computes a part. The thread's scratch memory begins at the position `scratch`.
    ///
    /// # Safety
    /// The scratch memory and all reads and writes lie in the arena, and the views that are read don't overlap the one that is
    /// written. While a part runs, no other thread writes what the part reads, or accesses what it writes or its scratch memory,
    /// and the same part doesn't run a second time.
    unsafe fn run(&self, memory: &Memory<'_, E>, scratch: usize, part: Part);
}

/// Steps that run one after the other.
#[derive(Debug)]
pub(crate) struct Program<E> {
    steps: Vec<Box<dyn Step<E>>>,
    /// The number of elements that the steps compute in.
    length: usize,
    /// The number of elements that each thread needs as scratch memory, which follows the elements above.
    scratch: usize,
    /// The number of indices that the steps look up.
    indices: usize,
}

impl<E: Element> Program<E> {
    /// A program without steps, in an arena of at least `length` elements.
    pub(crate) fn new(length: usize) -> Self {
        Program { steps: Vec::new(), length: length.next_multiple_of(64), scratch: 0, indices: 0 }
    }

    /// Adds a step.
    ///
    /// # Panics
    /// If it accesses elements outside the arena, or if a view that it reads overlaps the one that it writes.
    pub(crate) fn push(&mut self, step: Box<dyn Step<E>>) {
        let writes = step.writes();
        assert!(writes.end() <= self.length, "{step:?} writes behind the arena's {} elements", self.length);
        for read in step.reads() {
            assert!(read.end() <= self.length, "{step:?} reads behind the arena's {} elements", self.length);
            assert!(read.is_apart_from(&writes), "{step:?} writes what it reads");
        }
        // Each thread's scratch memory begins at a cache line, if the arena does.
        let scratch = self.scratch.max(step.scratch()).checked_next_multiple_of(64);
        self.scratch = scratch.unwrap_or_else(|| panic!("{step:?} needs more scratch than can be counted"));
        self.steps.push(step);
    }

    /// The number of elements that an arena needs for the given number of threads. If it overflows, the result is the greatest
    /// number, which no arena can have.
    pub(crate) fn arena(&self, threads: usize) -> usize {
        threads.saturating_mul(self.scratch).saturating_add(self.length)
    }

    /// The number of indices that an arena has.
    pub(crate) fn indices(&self) -> usize {
        self.indices
    }

    /// Sets the number of indices.
    pub(crate) fn set_indices(&mut self, indices: usize) {
        self.indices = indices;
    }

    /// The number of threads that have work, if there are at most `most`.
    pub(crate) fn threads(&self, most: usize) -> usize {
        self.parts(most).into_iter().max().map_or(1, |parts| parts.min(most.max(1)))
    }

    /// The number of parts that each step is divided into, for the given number of threads.
    pub(super) fn parts(&self, threads: usize) -> Vec<usize> {
        let is_worth_it = |step: &dyn Step<E>| step.cost() >= WORTH_DIVIDING || asked().threads;
        // A part must be large enough to be worth claiming.
        let most = |step: &dyn Step<E>| if asked().threads { threads } else { step.cost() / (WORTH_DIVIDING / 4) };
        let most = |step: &dyn Step<E>| most(step).clamp(1, MOST_TASKS);
        let parts = |step: &dyn Step<E>| if is_worth_it(step) { step.parts(threads).clamp(1, most(step)) } else { 1 };
        self.steps.iter().map(|step| if threads > 1 { parts(&**step) } else { 1 }).collect()
    }

    /// The estimated cost of each step.
    pub(super) fn costs(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().map(|step| step.cost())
    }

    /// An arena for [`run_alone`](Program::run_alone) with the given number of parts.
    pub(crate) fn new_arena(&self, parts: usize) -> Arena<E> {
        Arena::new(self.arena(parts))
    }

    /// Runs all steps after `fill` has written the inputs. Each step is divided into `parts` parts, which may run on several
    /// threads.
    ///
    /// # Panics
    /// If the arena is smaller than [`arena`](Program::arena) says.
    pub(crate) fn run_alone(&self, arena: &mut Arena<E>, parts: usize, fill: impl FnOnce(&mut [E])) {
        fill(arena.get(0..self.length));
        assert!(arena.all().len() >= self.arena(parts), "the arena is too small for {parts} parts");
        let memory = arena.memory();
        let run = |step: &dyn Step<E>, number: usize| {
            let part = Part { number, of: parts };
            // SAFETY: The views were checked to lie in the arena when the step was added, and the scratch memory was checked just
            // now. It belongs to this part alone, and other threads run other parts of the same step. The arena is borrowed
            // mutably.
            unsafe { step.run(&memory, self.length + number * self.scratch, part) }
        };
        for step in &self.steps {
            for_each_task(parts, step.cost() / parts.max(1), || (), |(), part| run(&**step, part));
        }
    }

    /// Runs a part of a step, as thread number `thread`.
    ///
    /// # Safety
    /// Threads that use the arena's memory at the same time run different parts of the same step. Each thread has a number of its
    /// own, which is less than the number of threads that the arena was made for.
    pub(super) unsafe fn run(&self, memory: &Memory<'_, E>, thread: usize, step: usize, part: Part) {
        let scratch = self.length + thread * self.scratch;
        assert!(scratch + self.scratch <= memory.length(), "the arena is too small for thread {thread}");
        // SAFETY: The views were checked to lie in the arena when the step was added, and the scratch memory was checked just
        // now. It belongs to this thread alone. The caller guarantees that other threads run other parts of the same step.
        unsafe { self.steps[step].run(memory, scratch, part) }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::ops::compiled::{
        Activate, Algorithm, Copy, Fused, Grid, Parameters, PerPixel, PixelFunction, convolution,
    };
    use crate::ops::conv2d::Conv2dGeometry;
    use crate::ops::vectorized::InstructionSet;
    use crate::ops::{Window, activation::Relu};

    /// Pixels of 8 channels in an image of 6 × 6.
    fn view(start: usize, height: usize, width: usize) -> View {
        let (row_stride, pixel_stride) = (6 * 8, 8);
        View::new(Grid {
            start,
            examples: 1,
            height,
            width,
            channels: 8,
            example_stride: 288,
            row_stride,
            pixel_stride,
        })
    }

    /// Runs something that panics, and returns the panic's message.
    fn refused(what: impl FnOnce()) -> String {
        let panic = catch_unwind(AssertUnwindSafe(what)).expect_err("it is refused");
        panic.downcast_ref::<String>().expect("it has a message").clone()
    }

    /// For any number of parts, each item belongs to exactly one part.
    #[test]
    fn shares_are_apart_and_all_there_is() {
        for things in [0, 1, 7, 64, usize::MAX - 1, usize::MAX] {
            for of in [1, 2, 3, 7, 100] {
                let shares = (0..of).map(|number| Part { number, of }.share(things));
                let end = shares.fold(0, |end, share| {
                    assert!(share.start == end && share.end >= end, "{things} in {of} parts");
                    assert!(share.len() <= things.div_ceil(of), "{things} in {of} parts");
                    share.end
                });
                assert_eq!(end, things, "in {of} parts");
            }
        }
    }

    /// Only steps that are declared to work in place may do so, and no view exceeds the arena.
    #[test]
    fn steps_that_write_what_they_read_are_refused() {
        let set = InstructionSet::best();
        let push = |step: Box<dyn Step<f32>>| refused(|| Program::new(576).push(step));
        let (here, there) = (view(0, 6, 6), view(288, 6, 6));
        Program::<f32>::new(576).push(Box::new(Activate::new(set, Relu.into(), here)));
        Program::<f32>::new(576).push(Box::new(Copy::new(here, there)));
        assert!(push(Box::new(Copy::new(here, here))).contains("writes what it reads"));
        assert!(push(Box::new(Copy::new(view(0, 5, 6), view(48, 5, 6)))).contains("writes what it reads"));
        let add = || PixelFunction::<f32>::Add { second: there, fused: Fused::Identity };
        assert!(push(Box::new(PerPixel::new(set, add(), here, there))).contains("writes what it reads"));
        assert!(push(Box::new(Copy::new(here, view(320, 6, 6)))).contains("behind the arena"));
        assert!(push(Box::new(Copy::new(view(320, 6, 6), here))).contains("behind the arena"));
        assert!(push(Box::new(Activate::new(set, Relu.into(), view(320, 6, 6)))).contains("behind the arena"));
    }

    /// A step checks that the sizes of its views agree with its loops.
    #[test]
    fn sizes_that_contradict_each_other_are_refused() {
        let set = InstructionSet::best();
        refused(|| _ = Copy::new(view(0, 6, 6), view(288, 6, 5)));
        let add = PixelFunction::<f32>::Add { second: view(0, 5, 6), fused: Fused::Relu };
        refused(|| drop(PerPixel::new(set, add, view(0, 6, 6), view(288, 6, 6))));
        let scale = |factors, summands| PixelFunction::Scale {
            factors: vec![1.0_f32; factors],
            summands: vec![0.0; summands],
            fused: Fused::Relu,
        };
        refused(|| drop(PerPixel::new(set, scale(8, 7), view(0, 6, 6), view(288, 6, 6))));

        let window = Window { input: 4, output: 4, kernel: 3, stride: 1, padding: 1, dilation: 1 };
        let usual = Conv2dGeometry {
            batch: 1,
            in_channels: 8,
            out_channels: 8,
            groups: 1,
            vertical: window,
            horizontal: window,
        };
        let weight = vec![0.0_f32; 8 * 8 * 9];
        let convolve = |algorithm, geometry: &Conv2dGeometry, input, output, residual| {
            let weight = &weight[..];
            convolution(
                set,
                algorithm,
                &Parameters { geometry, weight, bias: None, input, output, residual, fused: Fused::Identity },
            )
        };
        let (input, output) = (view(56, 4, 4), view(288, 4, 4));
        for algorithm in [Algorithm::Direct, Algorithm::Winograd(2), Algorithm::Winograd(4)] {
            assert_eq!(convolve(algorithm, &usual, input, output, Some(output)).reads()[0], view(0, 6, 6));
            let fails = |geometry: Conv2dGeometry, input, output, residual| {
                refused(|| drop(convolve(algorithm, &geometry, input, output, residual)))
            };
            fails(usual, view(56, 4, 3), output, None);
            fails(usual, input, view(288, 3, 4), None);
            fails(usual, input, output, Some(view(288, 4, 3)));
            assert!(
                fails(usual, view(48, 4, 4), output, None).contains("a border of [1, 1, 1, 1]"),
                "it begins before the arena"
            );
            fails(Conv2dGeometry { out_channels: 16, ..usual }, input, output, None);
            fails(
                Conv2dGeometry { vertical: Window { stride: 6148914691236517206, ..window }, ..usual },
                input,
                output,
                None,
            );
        }
        refused(|| drop(convolve(Algorithm::Depthwise, &usual, input, output, None)));
    }
}
