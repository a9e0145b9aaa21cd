//! Preprocessing: converting an image to a tensor.

use super::resample::resize;
use super::{IMAGENET_MEAN, IMAGENET_STD};
use crate::error::{DeviceError, Error, Result};
use dfdx::shapes::Rank3;
use dfdx::tensor::{Tensor, TensorFromVec};
use image::RgbImage;

/// How resizing interpolates between pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interpolation {
    /// Linear weights over two pixels along each axis. When the image shrinks, the filter is wider by the scale factor.
    #[default]
    Bilinear,
    /// A cubic filter over four pixels along each axis. When the image shrinks, the filter is wider by the scale
    /// factor.
    Bicubic,
}

/// The preprocessing of a network's input images: resize, crop, scale, normalize.
///
/// 1. The shorter side is resized to `resize` pixels, and the other one in proportion. Like torchvision's resizing of
///    PIL images, it is antialiased: when the image shrinks, the filter covers all input pixels. The result equals that of
///    Pillow 13.0 byte for byte, in either orientation.
/// 2. The centre is cropped to the size in the result's type.
/// 3. Bytes are scaled to values from 0 to 1; then `mean` is subtracted and the result is divided by `std`, channel by
///    channel.
///
/// Source: torchvision's [`ImageClassification`](https://pytorch.org/vision/stable/models.html) transforms.
#[derive(Clone, Debug, PartialEq)]
pub struct Preprocess {
    /// The size in pixels of the shorter side after resizing.
    pub resize: usize,
    /// The interpolation of resizing.
    pub interpolation: Interpolation,
    /// The value that is subtracted from each channel.
    pub mean: [f64; 3],
    /// The value that each channel is divided by.
    pub std: [f64; 3],
}

impl Preprocess {
    /// The preprocessing that most networks trained on ImageNet expect: a shorter side of 256 pixels, and ImageNet's
    /// mean and standard deviation.
    pub const fn imagenet() -> Self {
        Preprocess { resize: 256, interpolation: Interpolation::Bilinear, mean: IMAGENET_MEAN, std: IMAGENET_STD }
    }

    /// The image as a tensor (3, H, W).
    ///
    /// # Errors
    /// [`Error::Argument`] if the image has no pixels, `resize` is smaller than the crop, a `std` is 0, or a `mean` or
    /// `std` is infinite or NaN; [`Error::Device`] if the device fails.
    pub fn apply<const H: usize, const W: usize, D: TensorFromVec<f32>>(
        &self,
        image: &RgbImage,
        device: &D,
    ) -> Result<Tensor<Rank3<3, H, W>, f32, D>>
    where
        D::Err: DeviceError,
    {
        let pixels = self.pixels(image, H, W)?;
        Ok(device.try_tensor_from_vec(pixels, Default::default())?)
    }

    /// The values, channel after channel, row after row.
    fn pixels(&self, image: &RgbImage, height: usize, width: usize) -> Result<Vec<f32>> {
        let resized = self.resized(image)?;
        let (columns, rows) = (resized.width() as usize, resized.height() as usize);
        if rows < height || columns < width {
            return Err(Error::Argument(format!(
                "a crop of {height} × {width} doesn't fit into the image, resized to {rows} × {columns}: let `resize` be at \
                 least {}",
                height.max(width)
            )));
        }
        if !self.std.iter().chain(&self.mean).all(|number| number.is_finite()) || self.std.contains(&0.0) {
            let Preprocess { mean, std, .. } = self;
            return Err(Error::Argument(format!(
                "expected finite means and standard deviations that aren't 0, but received {mean:?} and {std:?}"
            )));
        }
        let (top, left) = (middle(rows, height), middle(columns, width));
        let bytes = resized.as_raw();
        let mut pixels = Vec::with_capacity(3 * height * width);
        for channel in 0..3 {
            let (mean, std) = (self.mean[channel] as f32, self.std[channel] as f32);
            for row in top..top + height {
                let line = &bytes[3 * (row * columns + left)..][..3 * width];
                pixels.extend(line.iter().skip(channel).step_by(3).map(|&byte| (f32::from(byte) / 255.0 - mean) / std));
            }
        }
        Ok(pixels)
    }

    fn resized(&self, image: &RgbImage) -> Result<RgbImage> {
        let (width, height) = image.dimensions();
        let short = width.min(height);
        let size = u32::try_from(self.resize).ok().filter(|size| *size > 0 && short > 0);
        let in_proportion = |side: u32| {
            let size = u64::from(size?);
            u32::try_from(size * u64::from(side) / u64::from(short)).ok()
        };
        let (Some(new_width), Some(new_height)) = (in_proportion(width), in_proportion(height)) else {
            let resize = self.resize;
            return Err(Error::Argument(format!(
                "expected an image with pixels and a size to resize it to, but received {height} × {width} and {resize}"
            )));
        };
        if (new_width, new_height) == (width, height) {
            return Ok(image.clone());
        }
        Ok(resize(image, new_width, new_height, self.interpolation))
    }
}

/// The start of a centre crop. Half pixels are rounded to even, as in Python.
fn middle(whole: usize, part: usize) -> usize {
    let spare = whole - part;
    let half = spare / 2;
    half + usize::from(spare % 2 == 1 && half % 2 == 1)
}
