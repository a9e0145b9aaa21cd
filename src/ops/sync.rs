//! The standard library's synchronization types. `tests/rooms` replaces them with those of `loom`, which tries the possible
//! interleavings of threads.

pub(super) use std::hint::spin_loop;
pub(super) use std::sync::Arc;
pub(super) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence};
pub(super) use std::thread::{Builder, JoinHandle, Thread, park, yield_now};
