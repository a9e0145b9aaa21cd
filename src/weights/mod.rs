//! Saving and loading what a network has learned.
//!
//! A state dict holds every tensor of a network under its path, `layer1.0.conv1.weight`, as PyTorch's does: the
//! parameters, and the statistics that batch normalization keeps. It is stored as
//! [safetensors](https://huggingface.co/docs/safetensors), which Python reads with `safetensors.torch.load_file`.
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

mod load;
mod save;
#[cfg(test)]
mod tests;

pub use load::load;
pub use save::save;

/// The numbers that a state dict can hold: `f32` and `f64`.
pub trait Number: dfdx::dtypes::Dtype + sealed::Stored {}

impl Number for f32 {}
impl Number for f64 {}

mod sealed {
    /// How numbers become bytes in a file, and come back.
    pub trait Stored: Sized {
        const DTYPE: safetensors::Dtype;
        fn to_bytes(numbers: &[Self]) -> Vec<u8>;
        /// Bytes that make no whole number at the end are left out.
        fn from_bytes(bytes: &[u8]) -> Vec<Self>;
    }

    macro_rules! stored {
        ($type:ty, $dtype:ident) => {
            impl Stored for $type {
                const DTYPE: safetensors::Dtype = safetensors::Dtype::$dtype;

                fn to_bytes(numbers: &[Self]) -> Vec<u8> {
                    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
                }

                fn from_bytes(bytes: &[u8]) -> Vec<Self> {
                    let (numbers, _) = bytes.as_chunks();
                    numbers.iter().map(|number| Self::from_le_bytes(*number)).collect()
                }
            }
        };
    }

    stored!(f32, F32);
    stored!(f64, F64);
}

/// A tensor's name in a state dict: its path without the empty segments that nameless fields leave.
fn name_of(path: &str) -> String {
    path.split('.').filter(|segment| !segment.is_empty()).collect::<Vec<_>>().join(".")
}
