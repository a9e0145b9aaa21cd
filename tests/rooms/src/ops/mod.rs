//! See the crate.

#[path = "../../../../src/ops/compiled/arena.rs"]
mod arena;
#[path = "../../../../src/ops/elementary.rs"]
mod elementary;
#[path = "../../../../src/ops/parallel.rs"]
mod parallel;
#[path = "../../../../src/ops/sizes.rs"]
mod sizes;
#[cfg(not(loom))]
#[path = "../../../../src/ops/sync.rs"]
mod sync;
#[path = "../../../../src/ops/transpose.rs"]
mod transpose;
#[path = "../../../../src/ops/vector.rs"]
pub mod vector;
#[path = "../../../../src/ops/vectorized.rs"]
pub mod vectorized;
#[path = "../../../../src/ops/worker.rs"]
mod worker;
#[path = "../../../../src/ops/worker_pool.rs"]
mod worker_pool;

/// As the library's, of which `loom` tries all orders.
#[cfg(loom)]
mod sync {
    pub(super) use loom::hint::spin_loop;
    pub(super) use loom::sync::Arc;
    pub(super) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence};
    pub(super) use loom::thread::{Builder, JoinHandle, Thread, park, yield_now};
}

/// Run by `scripts/loom.sh`.
#[cfg(all(loom, test))]
mod models;

/// A float that kernels are written for.
pub trait Element:
    num_traits::Float
    + num_traits::FloatConst
    + std::ops::AddAssign
    + elementary::Elementary
    + vector::Vectors
    + Send
    + Sync
    + 'static
{
    /// The nearest value to a number.
    fn of(value: f64) -> Self;
}

impl Element for f32 {
    fn of(value: f64) -> Self {
        value as f32
    }
}

impl Element for f64 {
    fn of(value: f64) -> Self {
        value
    }
}

mod matrix {
    /// Whether an output is replaced or added to.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Write {
        Replace,
        Add,
    }
}

/// Nothing is asked for, but that all work is divided: what runs in parallel is what Miri looks at.
mod choice {
    use super::vectorized::InstructionSet;

    pub struct Choice {
        pub instructions: Option<InstructionSet>,
        pub threads: bool,
    }

    pub fn asked() -> &'static Choice {
        &Choice { instructions: None, threads: true }
    }

    pub fn take(_: &str) {}
}

#[cfg(test)]
mod tests {
    use super::arena::Arena;
    use super::parallel::{add_each, for_each_chunk};

    /// Each thread writes chunks of its own, of which the last is shorter.
    #[test]
    fn chunks_are_written_by_one_thread_each() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let mut data = vec![0_usize; 50];
        pool.install(|| {
            for_each_chunk(&mut data, 8, 1 << 20, || (), |(), number, chunk| chunk.fill(number + 1));
        });
        let expected: Vec<usize> = (0..50).map(|position| position / 8 + 1).collect();
        assert_eq!(data, expected);
        let mut sums = [0.5_f32; 9];
        pool.install(|| add_each(&mut sums, 1 << 20, |position| position as f32));
        assert_eq!(sums, std::array::from_fn(|position| position as f32 + 0.5));
    }

    /// All of an arena is initialized, and what is written is read.
    #[test]
    fn an_arena_holds_what_is_written() {
        let mut arena = Arena::<f32>::new(37);
        assert_eq!(arena.all(), [0.0; 37]);
        arena.get(3..7).fill(2.0);
        assert_eq!(arena.get(2..8), [0.0, 2.0, 2.0, 2.0, 2.0, 0.0]);
    }
}
