//! skeleton
// So that `network!`, which names the library by its name, works inside of it too.
#[allow(unused_extern_crates)]
extern crate self as shapewright;

pub mod call;
pub mod data;
mod error;
pub mod layer;
pub mod layers;
pub mod loss;
pub mod network;
pub mod ops;
pub mod prelude;
#[doc(hidden)]
pub mod private;
pub mod shape;
pub mod weights;

pub use error::{DeviceError, Error, Result};
pub use shapewright_macros::network;
