//! Labelled images.

use std::path::{Path, PathBuf};

use super::{Batches, Idx};
use crate::{Error, Result};

/// A part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// The training set.
    Train,
    /// The test set.
    Test,
}

/// The handwritten digits of MNIST, or another data set in its format: Fashion-MNIST, KMNIST, QMNIST.
pub type Mnist = ImageClassification<1, 28, 28, 10>;

/// Images of `C` channels, `H` rows and `W` columns, each with one of `CLASSES` labels.
///
/// The shape is part of the type, so that passing images to a network that takes another shape is a compile error. The
/// content of a file is checked once, when it is loaded: the size of the images, their number, and the range of each
/// label.
///
/// Pixels are stored as bytes. In a batch they are floats from 0 to 1, or the values that
/// [`normalized`](Self::normalized) makes of them.
///
/// ```
/// use shapewright::data::{ImageClassification, Mnist, Split};
///
/// let digits = Mnist::load("examples/data/mnist", Split::Train)?;
/// assert_eq!(digits.len(), 8000);
///
/// // From memory: two images of one channel, one row and two columns, of three classes.
/// let lines = ImageClassification::<1, 1, 2, 3>::new(vec![0, 255, 255, 0], vec![2, 0])?;
/// assert_eq!(lines.image(1), [255, 0]);
/// assert_eq!(lines.labels(), [2, 0]);
/// # Ok::<(), shapewright::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ImageClassification<const C: usize, const H: usize, const W: usize, const CLASSES: usize> {
    pixels: Vec<u8>,
    labels: Vec<usize>,
    mean: [f64; C],
    std: [f64; C],
}

impl<const C: usize, const H: usize, const W: usize, const CLASSES: usize> ImageClassification<C, H, W, CLASSES> {
    /// The number of bytes in an image.
    pub(super) const IMAGE: usize = {
        assert!(C > 0 && H > 0 && W > 0, "an image has at least one pixel");
        C * H * W
    };

    /// Pairs images with labels. `pixels` holds image after image, each channel after channel, row after row.
    ///
    /// # Errors
    /// [`Error::Argument`] if the length of `pixels` is no multiple of an image's, [`Error::Count`] if there isn't one
    /// label for each image, [`Error::Label`] if a label isn't below `CLASSES`.
    pub fn new(pixels: Vec<u8>, labels: Vec<usize>) -> Result<Self> {
        if !pixels.len().is_multiple_of(Self::IMAGE) {
            return Err(Error::Argument(format!(
                "{} bytes are no whole number of {C}×{H}×{W} images, of {} bytes each",
                pixels.len(),
                Self::IMAGE
            )));
        }
        let images = pixels.len() / Self::IMAGE;
        if images != labels.len() {
            let (left, right) = ("images", "labels");
            return Err(Error::Count { left, left_count: images, right, right_count: labels.len() });
        }
        if let Some(position) = labels.iter().position(|label| *label >= CLASSES) {
            return Err(Error::Label { label: labels[position], position, classes: CLASSES });
        }
        Ok(Self { pixels, labels, mean: [0.0; C], std: [1.0; C] })
    }

    /// Subtracts `mean` from the pixels of each channel, which are scaled to 0 to 1, and divides by `std`.
    ///
    /// ```
    /// # use shapewright::data::{Mnist, Split};
    /// let digits = Mnist::load("examples/data/mnist", Split::Test)?.normalized([0.1307], [0.3081])?;
    /// let batch = digits.batches::<f32>(1)?.into_iter().next().unwrap();
    /// assert!((batch.images()[0] + 0.1307 / 0.3081).abs() < 1e-6); // black
    /// # Ok::<(), shapewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] if a mean isn't finite, or a standard deviation isn't finite and positive.
    pub fn normalized(self, mean: [f64; C], std: [f64; C]) -> Result<Self> {
        if !mean.iter().all(|mean| mean.is_finite()) {
            return Err(Error::Argument(format!("expected finite means, but received {mean:?}")));
        }
        if !std.iter().all(|std| std.is_finite() && *std > 0.0) {
            return Err(Error::Argument(format!("expected positive standard deviations, but received {std:?}")));
        }
        Ok(Self { mean, std, ..self })
    }

    /// Divides the images into batches of `size`, as floats of type `E`.
    ///
    /// # Errors
    /// [`Error::Argument`] if `size` is 0.
    pub fn batches<E: num_traits::Float>(&self, size: usize) -> Result<Batches<'_, E, C, H, W, CLASSES>> {
        Batches::new(self, size)
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The bytes of an image, channel after channel, row after row.
    ///
    /// # Panics
    /// If `index` isn't below [`len`](Self::len).
    pub fn image(&self, index: usize) -> &[u8] {
        &self.pixels[index * Self::IMAGE..][..Self::IMAGE]
    }

    /// All labels, in the order of the images.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// The value of a byte in a channel.
    pub(super) fn value(&self, channel: usize, byte: u8) -> f64 {
        (f64::from(byte) / 255.0 - self.mean[channel]) / self.std[channel]
    }
}

impl<const H: usize, const W: usize, const CLASSES: usize> ImageClassification<1, H, W, CLASSES> {
    /// Loads a part of a data set in MNIST's format from a directory.
    ///
    /// The files have MNIST's names, `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`
    /// and `t10k-labels-idx1-ubyte`, with or without `.gz`.
    ///
    /// # Errors
    /// Those of [`load_files`](Self::load_files).
    pub fn load(directory: impl AsRef<Path>, split: Split) -> Result<Self> {
        let directory = directory.as_ref();
        let name = match split {
            Split::Train => "train",
            Split::Test => "t10k",
        };
        Self::load_files(
            find(directory, &format!("{name}-images-idx3-ubyte"))?,
            find(directory, &format!("{name}-labels-idx1-ubyte"))?,
        )
    }

    /// Loads a file of images and a file of their labels, both in the IDX format, plain or gzip.
    ///
    /// # Errors
    /// Those of [`Idx::read`], and [`Error::File`] if the images aren't `H`×`W`, if there isn't one label for each image, or if a
    /// label isn't below `CLASSES`.
    pub fn load_files(images: impl AsRef<Path>, labels: impl AsRef<Path>) -> Result<Self> {
        let (images, labels) = (images.as_ref(), labels.as_ref());
        let Idx { shape: [_, height, width], bytes: pixels } = Idx::read(images)?;
        if (height, width) != (H, W) {
            return Err(Error::file(
                images,
                format!(
                    "holds images of {height}×{width} pixels, but `ImageClassification<1, {H}, {W}, {CLASSES}>` takes {H}×{W}"
                ),
            ));
        }
        let read = Idx::<1>::read(labels)?.bytes.into_iter().map(usize::from).collect();
        Self::new(pixels, read).map_err(|error| match error {
            Error::Count { left_count, right_count, .. } => Error::file(
                labels,
                format!(
                    "holds {right_count} labels, but `{}` holds {left_count} images: there must be one for each",
                    images.display()
                ),
            ),
            other => Error::file(labels, other.to_string()),
        })
    }
}

/// The file with this name, or the one whose name also ends with `.gz`.
fn find(directory: &Path, name: &str) -> Result<PathBuf> {
    let plain = directory.join(name);
    let gzip = directory.join(format!("{name}.gz"));
    match (plain.is_file(), gzip.is_file()) {
        (true, _) => Ok(plain),
        (_, true) => Ok(gzip),
        _ => Err(Error::file(directory, format!("expected `{name}` or `{name}.gz` here, but found neither"))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SHIPPED: &str = "examples/data/mnist";

    #[test]
    fn the_shipped_digits_are_complete() {
        for (split, count) in [(Split::Train, 8000), (Split::Test, 1000)] {
            let digits = Mnist::load(SHIPPED, split).unwrap();
            assert_eq!(digits.len(), count);
            for digit in 0..10 {
                let share = digits.labels().iter().filter(|label| **label == digit).count();
                assert!(share > count / 20, "{share} images of {digit} in {split:?}");
            }
        }
    }

    #[test]
    fn plain_files_load_as_gzip_files_do() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"] {
            let mut gzip = flate2::read::GzDecoder::new(fs::File::open(format!("{SHIPPED}/{name}.gz")).unwrap());
            std::io::copy(&mut gzip, &mut fs::File::create(directory.path().join(name)).unwrap()).unwrap();
        }
        let plain = Mnist::load(directory.path(), Split::Test).unwrap();
        assert_eq!(plain, Mnist::load(SHIPPED, Split::Test).unwrap());
    }

    #[test]
    fn absent_files_are_named_both_ways() {
        let directory = tempfile::tempdir().unwrap();
        let error = Mnist::load(directory.path(), Split::Train).unwrap_err().to_string();
        assert!(error.contains("`train-images-idx3-ubyte` or `train-images-idx3-ubyte.gz`"), "{error}");
    }

    #[test]
    fn images_of_another_size_are_refused() {
        let error = ImageClassification::<1, 32, 32, 10>::load(SHIPPED, Split::Test).unwrap_err().to_string();
        let expected = "holds images of 28×28 pixels, but `ImageClassification<1, 32, 32, 10>` takes 32×32";
        assert!(error.ends_with(expected), "{error}");
    }

    #[test]
    fn a_label_out_of_range_is_found_at_load() {
        let error = ImageClassification::<1, 28, 28, 9>::load(SHIPPED, Split::Test).unwrap_err().to_string();
        let expected = format!("{SHIPPED}/t10k-labels-idx1-ubyte.gz: label 9 at position ");
        assert!(error.starts_with(&expected) && error.contains("9 classes have the labels 0 to 8"), "{error}");
        let error = ImageClassification::<1, 1, 1, 3>::new(vec![0; 4], vec![0, 2, 3, 7]).unwrap_err();
        assert!(matches!(error, Error::Label { label: 3, position: 2, classes: 3 }), "{error}");
    }

    #[test]
    fn images_and_labels_are_counted() {
        let images = format!("{SHIPPED}/t10k-images-idx3-ubyte.gz");
        let labels = format!("{SHIPPED}/train-labels-idx1-ubyte.gz");
        let error = Mnist::load_files(&images, &labels).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{labels}: holds 8000 labels, but `{images}` holds 1000 images: there must be one for each")
        );
        let error = ImageClassification::<1, 1, 2, 3>::new(vec![0; 5], vec![0, 1]).unwrap_err();
        assert_eq!(error.to_string(), "5 bytes are no whole number of 1×1×2 images, of 2 bytes each");
    }

    #[test]
    fn a_normalization_that_divides_by_nothing_is_refused() {
        let image = || ImageClassification::<1, 1, 1, 1>::new(vec![0], vec![0]).unwrap();
        for std in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(image().normalized([0.0], [std]), Err(Error::Argument(_))), "{std}");
        }
        assert!(matches!(image().normalized([f64::NAN], [1.0]), Err(Error::Argument(_))));
    }
}
