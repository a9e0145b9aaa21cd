//! Cluttered canvases with handwritten digits on them, for the examples that find digits.

pub mod options;
pub mod pictures;

use std::{error::Error, f32::consts::TAU, path::Path};

use crate::watch::Watch;
use indicatif::{ProgressBar, ProgressStyle};
use rand::{Rng, SeedableRng, rngs::StdRng};
use shapewright::{
    data::{Mnist, Split},
    detection::{Truth, Xyxy},
    prelude::*,
};

/// Height and width of a canvas.
pub const SIDE: usize = 64;
const DIGIT: usize = 28;
/// From this share of ink on, a pixel belongs to a digit.
const INK: f32 = 0.35;

pub type Images<D> = Tensor<(usize, Const<1>, Const<SIDE>, Const<SIDE>), f32, D>;

/// A picture with two to four digits of different sizes, more or less tilted, among lines and noise.
#[derive(Clone)]
pub struct Canvas {
    /// From 0 to 1, row after row.
    pub pixels: Vec<f32>,
    /// 0 for the background, 1 for the digit 0, and so on.
    pub labels: Vec<usize>,
    /// The digits and the boxes around them.
    pub digits: Vec<Truth>,
}

/// The digits to learn from, and those to be tested by.
pub fn load(data: &Path) -> Result<(Mnist, Mnist), Box<dyn Error>> {
    let (train, test) = (Mnist::load(data, Split::Train)?, Mnist::load(data, Split::Test)?);
    if train.is_empty() || test.is_empty() {
        return Err(format!("{}: there are no digits in it", data.display()).into());
    }
    Ok((train, test))
}

/// So many canvases; the same seed and number, the same canvas.
pub fn canvases(digits: &Mnist, seed: u64, numbers: std::ops::Range<usize>) -> Vec<Canvas> {
    let paint = |number: usize| {
        let seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number as u64);
        Canvas::paint(digits, &mut StdRng::seed_from_u64(seed))
    };
    numbers.map(paint).collect()
}

impl Canvas {
    fn paint(digits: &Mnist, random: &mut StdRng) -> Self {
        let mut canvas = Canvas { pixels: vec![0.0; SIDE * SIDE], labels: vec![0; SIDE * SIDE], digits: Vec::new() };
        for _ in 0..random.gen_range(3..=6) {
            canvas.scribble(random);
        }
        for _ in 0..random.gen_range(2..=4) {
            // Where there is no room, another place is tried, and at last none.
            let index = random.gen_range(0..digits.len());
            let _ = (0..20).any(|_| canvas.write(digits.image(index), digits.labels()[index], random));
        }
        for pixel in &mut canvas.pixels {
            *pixel = (*pixel + random.gen_range(-0.1..0.15)).clamp(0.0, 1.0);
        }
        canvas
    }

    /// A line that curves, fainter than most digits.
    fn scribble(&mut self, random: &mut StdRng) {
        let side = SIDE as f32;
        let (mut x, mut y) = (random.gen_range(0.0..side), random.gen_range(0.0..side));
        let (mut direction, bend) = (random.gen_range(0.0..TAU), random.gen_range(-0.06..0.06));
        let brightness = random.gen_range(0.3..0.7);
        for _ in 0..random.gen_range(20..90) {
            (x, y) = (x + 0.5 * direction.cos(), y + 0.5 * direction.sin());
            direction += bend;
            if (0.0..side).contains(&x) && (0.0..side).contains(&y) {
                let pixel = &mut self.pixels[y as usize * SIDE + x as usize];
                *pixel = pixel.max(brightness);
            }
        }
    }

    /// Writes a digit somewhere; not where it would touch another.
    fn write(&mut self, digit: &[u8], class: usize, random: &mut StdRng) -> bool {
        let size: f32 = random.gen_range(20.0..38.0);
        let (sin, cos) = random.gen_range(-0.25_f32..0.25).sin_cos();
        let brightness = random.gen_range(0.7..1.0);
        let half = size / 2.0 - 2.0; // a digit has a margin of four pixels
        let middle = half..SIDE as f32 - half;
        let (cx, cy) = (random.gen_range(middle.clone()), random.gen_range(middle));

        let (mut inked, zoom) = (Vec::new(), DIGIT as f32 / size);
        for place in 0..SIDE * SIDE {
            let (dx, dy) = ((place % SIDE) as f32 + 0.5 - cx, (place / SIDE) as f32 + 0.5 - cy);
            let (x, y) = (zoom * (cos * dx + sin * dy), zoom * (cos * dy - sin * dx));
            let ink = between(digit, x + DIGIT as f32 / 2.0 - 0.5, y + DIGIT as f32 / 2.0 - 0.5);
            if ink > 0.0 {
                inked.push((place, ink));
            }
        }
        let written = || inked.iter().filter(|(_, ink)| *ink >= INK).map(|(place, _)| (place % SIDE, place / SIDE));
        let edges = (
            written().map(|(x, _)| x).min(),
            written().map(|(_, y)| y).min(),
            written().map(|(x, _)| x + 1).max(),
            written().map(|(_, y)| y + 1).max(),
        );
        let (Some(x1), Some(y1), Some(x2), Some(y2)) = edges else { return false };
        let share = |edge: usize| edge as f32 / SIDE as f32;
        let bounds = Xyxy { x1: share(x1), y1: share(y1), x2: share(x2), y2: share(y2) };
        if self.digits.iter().any(|other| other.bounds.iou(&bounds) > 0.0) {
            return false;
        }
        for (place, ink) in inked {
            self.pixels[place] = self.pixels[place].max(ink * brightness);
            if ink >= INK {
                self.labels[place] = class + 1;
            }
        }
        self.digits.push(Truth { class, bounds });
        true
    }
}

/// The ink between four pixels of a digit, from 0 to 1.
fn between(digit: &[u8], x: f32, y: f32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let (right_share, bottom_share) = (x - left, y - top);
    let at = |x: f32, y: f32| {
        let inside = (0.0..DIGIT as f32).contains(&x) && (0.0..DIGIT as f32).contains(&y);
        if inside { f32::from(digit[y as usize * DIGIT + x as usize]) / 255.0 } else { 0.0 }
    };
    let row = |y: f32| at(left, y) * (1.0 - right_share) + at(left + 1.0, y) * right_share;
    row(top) * (1.0 - bottom_share) + row(top + 1.0) * bottom_share
}

/// The pictures of canvases, as a network takes them.
pub fn images<D: Backend<f32>>(canvases: &[Canvas], device: &D) -> shapewright::Result<Images<D>> {
    let pixels: Vec<f32> = canvases.iter().flat_map(|canvas| canvas.pixels.iter().copied()).collect();
    Ok(device.try_upload(&pixels, (canvases.len(), Const, Const, Const))?)
}

/// How many steps there are between two looks at how it goes. On a GPU each look waits until the steps are done.
pub const REPORT: usize = 10;

/// The losses of an epoch, which stay on the device until they are read.
pub struct Losses<'a, D: Backend<f32>> {
    unread: Vec<Tensor<Rank0, f32, D>>,
    read: Vec<f64>,
    watch: &'a mut Watch,
}

impl<'a, D: Backend<f32>> Losses<'a, D> {
    pub fn new(watch: &'a mut Watch) -> Self {
        Losses { unread: Vec::new(), read: Vec::new(), watch }
    }

    pub fn push<T>(&mut self, loss: &Tensor<Rank0, f32, D, T>) {
        self.unread.push(loss.retaped());
    }

    /// Reads them, and gives the last.
    pub fn read(&mut self) -> Result<f64, Box<dyn Error>> {
        for loss in self.unread.drain(..) {
            let loss = f64::from(loss.as_vec()[0]);
            self.watch.check(loss)?;
            self.read.push(loss);
        }
        Ok(self.read.last().copied().unwrap_or_default())
    }

    /// The mean of those that were read.
    pub fn mean(&self) -> f64 {
        self.read.iter().sum::<f64>() / self.read.len() as f64
    }
}

/// How far an epoch is. Drawn on a terminal only: elsewhere nobody looks.
pub fn progress_bar(epoch: usize, epochs: usize, batches: usize) -> Result<ProgressBar, Box<dyn Error>> {
    let style = ProgressStyle::with_template("{prefix} {wide_bar:.green/black.bright} {pos}/{len} {msg} {eta:>3}")?;
    let bar = ProgressBar::new(batches as u64).with_style(style.progress_chars("━━─"));
    bar.set_prefix(format!("epoch {epoch}/{epochs}"));
    Ok(bar)
}
