//! Saving and loading what a network has learned.
//!
//! A state dict holds every tensor of a network under its path, `layer1.0.conv1.weight`, as PyTorch's does: the
//! parameters, and the statistics that batch normalization keeps. [`save`] writes it as
//! [safetensors](https://huggingface.co/docs/safetensors), which Python reads with `safetensors.torch.load_file`, or
//! as npz, which it reads with `numpy.load`. [`load`] reads both, and what `torch.save` writes of a state dict.
//!
//! ```
//! use shapewright::{prelude::*, weights};
//!
//! network! { struct Mlp: Input<784> { hidden: Linear<.., 32>, ReLU, out: Linear<.., 10> } }
//! # fn main() -> Result<()> {
//! let device = Cpu::default();
//! let trained = Mlp::build(&device)?;
//! let mut fresh = Mlp::build(&device)?;
//!
//! # let directory = tempfile::tempdir().unwrap();
//! # let path = directory.path().join("mlp.safetensors");
//! weights::save(&trained, &path)?;
//! weights::load(&mut fresh, &path)?;
//! assert_eq!(fresh.out.weight.array(), trained.out.weight.array());
//! # Ok(())
//! # }
//! ```
//!
//! Loading is strict: file and network have to agree in every name and every shape, all misfits are told at once, and
//! the network stays as it was. [`open`] gives a [`Checkpoint`], which can be asked what is in it, and told how its
//! names become the network's, what to ignore, and what may be missing:
//!
//! ```
//! use shapewright::{prelude::*, weights};
//!
//! network! { struct Digits: Input<784> { hidden: Linear<.., 32>, ReLU, out: Linear<.., 10> } }
//! network! { struct Letters: Input<784> { hidden: Linear<.., 32>, ReLU, out: Linear<.., 26> } }
//! # fn main() -> Result<()> {
//! # let directory = tempfile::tempdir().unwrap();
//! # let path = directory.path().join("digits.npz");
//! let device = Cpu::default();
//! weights::save(&Digits::build(&device)?, &path)?;
//!
//! let mut letters = Letters::build(&device)?;
//! let loaded = weights::open(&path)?.ignore("out.*").load(&mut letters)?;
//! assert_eq!(loaded.to_string(), "loaded 2 tensors; ignored `out.weight`, `out.bias`");
//! # Ok(())
//! # }
//! ```

mod checkpoint;
mod compare;
mod hint;
pub mod keys;
mod load;
mod loaded;
mod numbers;
pub(crate) mod raw;
mod read;
mod save;
#[cfg(test)]
mod tests;
mod write;

pub use checkpoint::{Checkpoint, Entry, open};
pub use load::load;
pub use loaded::Loaded;
pub use numbers::NumberType;
pub use read::Format;
pub use save::{save, save_part};

/// The numbers that a network's state dict can hold: `f32` and `f64`.
pub trait Number: dfdx::dtypes::Dtype + numbers::Stored {}

impl Number for f32 {}
impl Number for f64 {}
