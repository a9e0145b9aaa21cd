//! skeleton
extern crate self as shapewright;
mod error;
pub use error::{DeviceError, Error, Result};
