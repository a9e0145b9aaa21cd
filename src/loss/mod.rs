//! Losses: how far an output is from what it should be, as one number to make small.

mod cross_entropy;
mod mse;

pub use cross_entropy::{ClassLabels, CrossEntropyLoss};
pub use mse::{MSELoss, Target};

use crate::error::{Error, Result};

/// An error unless there is one of each for one of the other.
fn same_count(left: &'static str, left_count: usize, right: &'static str, right_count: usize) -> Result<()> {
    if left_count == right_count {
        return Ok(());
    }
    Err(Error::Count { left, left_count, right, right_count })
}

/// An error for an empty batch.
fn not_empty(what: &'static str, received: usize) -> Result<()> {
    if received > 0 {
        return Ok(());
    }
    Err(Error::BatchTooSmall { what, needed: 1, received })
}
