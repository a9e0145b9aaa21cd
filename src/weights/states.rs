//! Loading the states of a network's layers.

use std::path::Path;

use crate::error::{Error, Result};
use crate::layer::States;
use crate::ops::Backend;
use crate::parameters::AnyTensor;

use super::{Number, open};

/// Loads the states that a network's layers had reached, from a file that [`save_part`](super::save_part) wrote.
///
/// # Errors
/// As [`open`] and [`Checkpoint::load`](super::Checkpoint::load), and [`Error::Argument`] if there are no states in the file, or
/// those of different numbers of sequences.
pub fn load_states<E: Number, D: Backend<E>>(path: impl AsRef<Path>, device: &D) -> Result<States<E, D>> {
    let file = open(path)?;
    let batch_of = |shape: &[usize]| shape.first().copied().unwrap_or_default();
    let mut batches = file.tensors().map(|tensor| batch_of(tensor.shape()));
    let Some(batch) = batches.next() else {
        return Err(Error::Argument(format!("{} holds no states", file.path().display())));
    };
    if let Some(other) = batches.find(|other| *other != batch) {
        let why = format!("{} holds states of {batch} sequences, and others of {other}", file.path().display());
        return Err(Error::Argument(why));
    }
    let mut states = States::new(batch);
    for tensor in file.tensors() {
        let Some(zeros) = AnyTensor::try_zeros(device, tensor.shape())? else {
            let why = format!("`{}` has more dimensions than a state can have: {:?}", tensor.name(), tensor.shape());
            return Err(Error::Argument(why));
        };
        states.set(tensor.name().to_string(), zeros);
    }
    file.load(&mut states)?;
    Ok(states)
}
