//! The files of `src/ops` that share memory between threads or read through addresses, and need no tensors, with their tests: a
//! crate that a nightly compiler builds, which dfdx 0.13 doesn't, and so one for Miri. See `scripts/miri.sh`.
//!
//! What they name besides is here in the smallest form.

#![allow(dead_code, unused_imports)]

pub mod ops;
