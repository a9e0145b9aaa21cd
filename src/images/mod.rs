//! Images as the input of a network (feature `images`): decoded, resized, cropped and normalized to a tensor whose
//! shape is in its type.
//!
//! ```
//! use shapewright::images::{self, Preprocess};
//! use shapewright::prelude::*;
//!
//! # fn main() -> Result<()> {
//! # let directory = tempfile::tempdir().unwrap();
//! # let path = directory.path().join("flower.png");
//! # image::RgbImage::from_pixel(320, 240, image::Rgb([255, 0, 0])).save(&path).unwrap();
//! let photo = images::open(path)?;
//! let input: Tensor<Rank3<3, 224, 224>, f32, Cpu> = Preprocess::imagenet().apply(&photo, &Cpu::default())?;
//! assert!((input[[0, 100, 100]] - (1.0 - 0.485) / 0.229).abs() < 1e-5); // red
//! # Ok(())
//! # }
//! ```

mod decode;
mod imagenet;
mod preprocess;
mod resample;
#[cfg(test)]
mod tests;

pub use imagenet::{IMAGENET_MEAN, IMAGENET_STD, imagenet_classes};
pub use preprocess::{Interpolation, Preprocess};

/// An image of red, green and blue bytes, from the [`image`] crate.
pub use image::RgbImage;

use crate::error::{Error, Result};
use std::path::Path;

/// Reads a JPEG or PNG file, recognized by its content, as red, green and blue.
///
/// Grey pixels get three equal channels; transparency is dropped. Like PIL's `Image.open`, it returns the pixels as
/// they are stored: an orientation in the file's metadata (EXIF) is not applied.
///
/// A file is read up to the end marker of its format: a truncated file is an error, wherever it is cut. Bytes after the
/// end are ignored. PNG has checksums, which are verified; JPEG has none, so altered bytes are an error only if they
/// can't be decoded.
///
/// # Errors
/// [`Error::Io`] if the file can't be read, [`Error::File`] if it isn't a complete image in one of these formats, or is
/// too large for memory.
pub fn open(path: impl AsRef<Path>) -> Result<RgbImage> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).map_err(Error::io(path))?;
    decode::decode(&bytes).map_err(|problem| Error::file(path, problem))
}
