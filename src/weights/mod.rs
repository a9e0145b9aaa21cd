//! Saving and loading the parameters and buffers of a network.
//!
//! A state dict holds every tensor of a network under its path, `layer1.0.conv1.weight`, as in PyTorch: the parameters,
//! and the running statistics of batch normalization. [`save`] writes it as
//! [safetensors](https://huggingface.co/docs/safetensors), which Python reads with `safetensors.torch.load_file`, or as
//! npz, which Python reads with `numpy.load`. [`load`] reads both, and state dicts written by `torch.save`.
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
//! Loading is strict: file and network have to agree in every name and every shape. If they don't, all mismatches are
//! reported at once, and the network is unchanged. [`open`] returns a [`Checkpoint`], which lists what the file holds.
//! Its methods say how names of the file become names of the network, what to ignore, and what may be missing:
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
mod states;
#[cfg(test)]
mod tests;
mod write;

pub use checkpoint::{Checkpoint, Entry, open};
pub use load::load;
pub use loaded::Loaded;
pub use numbers::NumberType;
pub use read::Format;
pub use save::{save, save_part};
pub use states::load_states;

/// The element types that a network's state dict can have: `f32` and `f64`.
pub trait Number: dfdx::dtypes::Dtype + numbers::Stored {}

impl Number for f32 {}
impl Number for f64 {}
