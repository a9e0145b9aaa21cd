//! Resizing, with the same result as Pillow 13.0 byte for byte.
//!
//! There is one pass along each axis, with bytes in between, so the result depends on the order of the passes: see
//! [`resize`]. Each output pixel is a weighted sum of the input pixels in the support of a filter, which is wider by
//! the scale factor when the image shrinks. Weights are fixed-point numbers, rounded like PIL's, and computed with
//! reciprocals as in PIL, because a sum may lie half-way between two bytes.

use super::Interpolation;
use image::{Rgb, RgbImage};

/// The fractional bits of a weight: with 8 bits for a byte, and 2 for overflow and the sign, they make 32.
const PRECISION: u32 = 22;

/// Resizes an image. Neither size may be 0.
///
/// The width is resized first, then the height; the other way round if the height shrinks by more than twice as many
/// pixels as the width. Before version 13.0, Pillow always resized the width first: such images differ by about one
/// level.
pub(super) fn resize(image: &RgbImage, width: u32, height: u32, interpolation: Interpolation) -> RgbImage {
    let fewer = |before: u32, after: u32| i64::from(before) - i64::from(after);
    let (rows_less, columns_less) = (fewer(image.height(), height), fewer(image.width(), width));
    if rows_less > 0 && rows_less > 2 * columns_less {
        columns(&rows(image, height, interpolation), width, interpolation)
    } else {
        rows(&columns(image, width, interpolation), height, interpolation)
    }
}

fn columns(image: &RgbImage, width: u32, interpolation: Interpolation) -> RgbImage {
    let windows = windows(image.width(), width, interpolation);
    RgbImage::from_fn(width, image.height(), |x, y| {
        let window = &windows[x as usize];
        sum(window, |offset| image.get_pixel(window.start + offset, y).0)
    })
}

fn rows(image: &RgbImage, height: u32, interpolation: Interpolation) -> RgbImage {
    let windows = windows(image.height(), height, interpolation);
    RgbImage::from_fn(image.width(), height, |x, y| {
        let window = &windows[y as usize];
        sum(window, |offset| image.get_pixel(x, window.start + offset).0)
    })
}

/// The input pixels of an output pixel, and their weights.
struct Window {
    start: u32,
    weights: Vec<i32>,
}

fn sum(window: &Window, pixel: impl Fn(u32) -> [u8; 3]) -> Rgb<u8> {
    let mut sums = [1_i32 << (PRECISION - 1); 3];
    for (offset, weight) in (0..).zip(&window.weights) {
        for (sum, byte) in sums.iter_mut().zip(pixel(offset)) {
            *sum += i32::from(byte) * weight;
        }
    }
    Rgb(sums.map(|sum| (sum >> PRECISION).clamp(0, 255) as u8))
}

/// The window of each of the `to` output pixels along an axis of `from` input pixels.
fn windows(from: u32, to: u32, interpolation: Interpolation) -> Vec<Window> {
    let scale = f64::from(from) / f64::from(to);
    let stretch = scale.max(1.0);
    let reach = stretch * if interpolation == Interpolation::Bilinear { 1.0 } else { 2.0 };
    let window = |position: u32| {
        let center = (f64::from(position) + 0.5) * scale;
        let start = (center - reach + 0.5).max(0.0) as u32;
        let end = ((center + reach + 0.5) as u32).min(from);
        let weights =
            (start..end).map(|pixel| weight((f64::from(pixel) - center + 0.5) * (1.0 / stretch), interpolation));
        let weights: Vec<f64> = weights.collect();
        let share = 1.0 / weights.iter().sum::<f64>();
        let fixed = |weight: &f64| (weight * share * f64::from(1 << PRECISION)).round() as i32;
        Window { start, weights: weights.iter().map(fixed).collect() }
    };
    (0..to).map(window).collect()
}

/// The value of the filter at a distance.
fn weight(distance: f64, interpolation: Interpolation) -> f64 {
    let x = distance.abs();
    match interpolation {
        Interpolation::Bilinear => (1.0 - x).max(0.0),
        Interpolation::Bicubic if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
        Interpolation::Bicubic if x < 2.0 => ((x - 5.0) * x + 8.0) * x * -0.5 + 2.0,
        Interpolation::Bicubic => 0.0,
    }
}
