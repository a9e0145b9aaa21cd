//! What threads share, of the standard library. `tests/rooms` has `loom`'s in its place, which tries the orders in which threads
//! may meet.

pub(super) use std::hint::spin_loop;
pub(super) use std::sync::Arc;
pub(super) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence};
pub(super) use std::thread::{Builder, JoinHandle, Thread, park, yield_now};
