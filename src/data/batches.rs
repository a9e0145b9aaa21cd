//! Mini-batches, in order or shuffled from a seed.

use dfdx::{
    shapes::{Const, Unit},
    tensor::{Storage, Tensor},
};
use num_traits::Float;
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

use super::ImageClassification;
use crate::ops::Upload;
use crate::{DeviceError, Error, Result};

/// How a data set is divided into batches: the batch size, the order, and whether a smaller last batch is kept.
///
/// [`ImageClassification::batches`] makes it. Each [`epoch`](Self::epoch) is an iterator over [`Batch`]es.
///
/// ```
/// # use shapewright::data::{ImageClassification, Mnist, Split};
/// let digits = Mnist::load("examples/data/mnist", Split::Test)?; // 1,000 of them
/// let batches = digits.batches::<f32>(64)?.shuffled(42);
/// assert_eq!(batches.len(), 16);
/// assert_eq!(batches.clone().drop_last().len(), 15);
///
/// let sizes: Vec<usize> = batches.epoch(0).map(|batch| batch.len()).collect();
/// assert_eq!((sizes[0], sizes[15]), (64, 40));
/// # Ok::<(), shapewright::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Batches<'data, E, const C: usize, const H: usize, const W: usize, const CLASSES: usize> {
    data: &'data ImageClassification<C, H, W, CLASSES>,
    size: usize,
    seed: Option<u64>,
    drop_last: bool,
    /// The value of each byte in each channel.
    values: [[E; 256]; C],
}

impl<'data, E: Float, const C: usize, const H: usize, const W: usize, const CLASSES: usize>
    Batches<'data, E, C, H, W, CLASSES>
{
    pub(super) fn new(data: &'data ImageClassification<C, H, W, CLASSES>, size: usize) -> Result<Self> {
        if size == 0 {
            return Err(Error::Argument("a batch holds at least one example, but received a batch size of 0".into()));
        }
        let value = |channel, byte| E::from(data.value(channel, byte)).unwrap_or_else(E::nan);
        let values = std::array::from_fn(|channel| std::array::from_fn(|byte| value(channel, byte as u8)));
        Ok(Self { data, size, seed: None, drop_last: false, values })
    }

    /// Shuffles the examples. The order differs from epoch to epoch.
    ///
    /// The order depends only on the seed and the epoch, and is the same on every machine.
    pub fn shuffled(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Leaves out the last batch if it is smaller than the others.
    pub fn drop_last(self) -> Self {
        Self { drop_last: true, ..self }
    }

    /// The number of batches in an epoch.
    pub fn len(&self) -> usize {
        if self.drop_last { self.data.len() / self.size } else { self.data.len().div_ceil(self.size) }
    }

    /// Whether an epoch has no batches.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Iterates over the data set once.
    pub fn epoch(&self, epoch: u64) -> Epoch<'data, E, C, H, W, CLASSES> {
        let mut order: Vec<usize> = (0..self.data.len()).collect();
        if let Some(seed) = self.seed {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&seed.to_le_bytes());
            key[8..16].copy_from_slice(&epoch.to_le_bytes());
            order.shuffle(&mut StdRng::from_seed(key));
        }
        Epoch { batches: self.clone(), order, next: 0 }
    }
}

impl<'data, E: Float, const C: usize, const H: usize, const W: usize, const CLASSES: usize> IntoIterator
    for Batches<'data, E, C, H, W, CLASSES>
{
    type Item = Batch<E, C, H, W>;
    type IntoIter = Epoch<'data, E, C, H, W, CLASSES>;

    /// The first epoch.
    fn into_iter(self) -> Self::IntoIter {
        self.epoch(0)
    }
}

/// The batches of one epoch.
#[derive(Clone, Debug)]
pub struct Epoch<'data, E, const C: usize, const H: usize, const W: usize, const CLASSES: usize> {
    batches: Batches<'data, E, C, H, W, CLASSES>,
    order: Vec<usize>,
    next: usize,
}

impl<E: Float, const C: usize, const H: usize, const W: usize, const CLASSES: usize> Iterator
    for Epoch<'_, E, C, H, W, CLASSES>
{
    type Item = Batch<E, C, H, W>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.batches.len() {
            return None;
        }
        let Batches { data, size, values, .. } = &self.batches;
        let chosen = self.order.chunks(*size).nth(self.next)?;
        self.next += 1;

        let mut images = Vec::with_capacity(chosen.len() * C * H * W);
        for index in chosen {
            for (plane, values) in data.image(*index).chunks_exact(H * W).zip(values) {
                images.extend(plane.iter().map(|byte| values[usize::from(*byte)]));
            }
        }
        let labels = chosen.iter().map(|index| data.labels()[*index]).collect();
        Some(Batch { images, labels })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.batches.len() - self.next;
        (left, Some(left))
    }
}

impl<E: Float, const C: usize, const H: usize, const W: usize, const CLASSES: usize> ExactSizeIterator
    for Epoch<'_, E, C, H, W, CLASSES>
{
}

/// A few images and their labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch<E, const C: usize, const H: usize, const W: usize> {
    images: Vec<E>,
    labels: Vec<usize>,
}

impl<E, const C: usize, const H: usize, const W: usize> Batch<E, C, H, W> {
    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images; no [`Epoch`] has such a batch.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pixels, image after image, channel after channel, row after row.
    pub fn images(&self) -> &[E] {
        &self.images
    }

    /// The labels.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// Copies the images and the labels to a device.
    ///
    /// ```
    /// use shapewright::prelude::*;
    /// # use shapewright::data::ImageClassification;
    ///
    /// let lines = ImageClassification::<1, 1, 2, 3>::new(vec![0, 255, 255, 0], vec![2, 0])?;
    /// for batch in lines.batches::<f32>(2)? {
    ///     let (images, labels) = batch.to(&Cpu::default())?;
    ///     let images: Tensor<(usize, Const<1>, Const<1>, Const<2>), f32, Cpu> = images;
    ///     assert_eq!(images.as_vec(), [0.0, 1.0, 1.0, 0.0]);
    ///     let labels: Tensor<(usize,), usize, Cpu> = labels;
    ///     assert_eq!(labels.as_vec(), [2, 0]);
    /// }
    /// # Ok::<(), shapewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Device`] if the device has no memory left.
    #[allow(clippy::type_complexity, reason = "an alias would hide the shapes, and they are the point")]
    pub fn to<D>(
        &self,
        device: &D,
    ) -> Result<(Tensor<(usize, Const<C>, Const<H>, Const<W>), E, D>, Tensor<(usize,), usize, D>)>
    where
        E: Unit,
        D: Upload + Storage<E> + Storage<usize>,
        D::Err: DeviceError,
    {
        let images = device.try_upload(&self.images, (self.len(), Const::<C>, Const::<H>, Const::<W>))?;
        let labels = device.try_upload(&self.labels, (self.len(),))?;
        Ok((images, labels))
    }
}

#[cfg(test)]
mod tests {
    use dfdx::tensor::Cpu;

    use super::*;

    /// Images of one pixel, whose value and label are their position.
    fn numbers(count: usize) -> ImageClassification<1, 1, 1, 256> {
        ImageClassification::new((0..count).map(|number| number as u8).collect(), (0..count).collect()).unwrap()
    }

    fn order<const CLASSES: usize>(epoch: Epoch<'_, f32, 1, 1, 1, CLASSES>) -> Vec<usize> {
        epoch.flat_map(|batch| batch.labels).collect()
    }

    #[test]
    fn an_epoch_has_every_example_once() {
        for count in [0, 1, 3, 4, 5, 8, 100] {
            let data = numbers(count);
            let batches = data.batches(4).unwrap().shuffled(1);
            let mut seen = order(batches.epoch(3));
            seen.sort_unstable();
            assert_eq!(seen, (0..count).collect::<Vec<_>>());
            assert_eq!(batches.epoch(3).count(), batches.len());
        }
    }

    #[test]
    fn without_shuffling_the_order_is_that_of_the_data() {
        let data = numbers(10);
        assert_eq!(order(data.batches(3).unwrap().epoch(7)), (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn the_order_follows_from_seed_and_epoch() {
        let data = numbers(100);
        let batches = |seed| data.batches(7).unwrap().shuffled(seed);
        assert_eq!(order(batches(1).epoch(2)), order(batches(1).epoch(2)));
        assert_ne!(order(batches(1).epoch(2)), order(batches(1).epoch(1)));
        assert_ne!(order(batches(1).epoch(2)), order(batches(2).epoch(1)));
        assert_ne!(order(batches(0).epoch(0)), (0..100).collect::<Vec<_>>());
    }

    /// A run can be repeated only as long as this order stays the same: on another machine, and after an update of
    /// `rand`.
    #[test]
    fn the_order_is_the_same_everywhere() {
        let data = numbers(10);
        let batches = data.batches(10).unwrap().shuffled(42);
        assert_eq!(order(batches.epoch(0)), [9, 2, 6, 8, 3, 0, 4, 1, 5, 7]);
        assert_eq!(order(batches.epoch(1)), [0, 8, 6, 3, 1, 7, 9, 2, 5, 4]);
    }

    #[test]
    fn images_stay_with_their_labels() {
        let data = numbers(50);
        for batch in data.batches::<f64>(8).unwrap().shuffled(5) {
            let expected: Vec<f64> = batch.labels.iter().map(|label| *label as f64 / 255.0).collect();
            assert_eq!(batch.images, expected);
        }
    }

    #[test]
    fn each_channel_is_normalized_by_its_own_numbers() {
        let data = ImageClassification::<2, 1, 2, 1>::new(vec![0, 255, 0, 255], vec![0]).unwrap();
        let data = data.normalized([0.5, 0.0], [0.5, 0.25]).unwrap();
        let batch = data.batches::<f32>(1).unwrap().into_iter().next().unwrap();
        assert_eq!(batch.images, [-1.0, 1.0, 0.0, 4.0]);
    }

    #[test]
    fn the_rest_is_a_smaller_batch_or_dropped() {
        let data = numbers(10);
        let batches = data.batches::<f32>(4).unwrap();
        let sizes = |batches: Batches<'_, f32, 1, 1, 1, 256>| batches.into_iter().map(|b| b.len()).collect::<Vec<_>>();
        assert_eq!(sizes(batches.clone()), [4, 4, 2]);
        assert_eq!(sizes(batches.drop_last()), [4, 4]);
        assert_eq!(sizes(data.batches(100).unwrap()), [10]);
        assert!(data.batches::<f32>(100).unwrap().drop_last().is_empty());
    }

    #[test]
    fn the_length_counts_what_is_left() {
        let data = numbers(10);
        let mut epoch = data.batches::<f32>(4).unwrap().epoch(0);
        for left in [3, 2, 1, 0] {
            assert_eq!(epoch.len(), left);
            assert_eq!(epoch.next().is_none(), left == 0);
        }
    }

    #[test]
    fn a_batch_of_nothing_is_refused() {
        assert!(matches!(numbers(1).batches::<f32>(0), Err(Error::Argument(_))));
    }

    #[test]
    fn tensors_hold_what_the_batch_holds() {
        let data = ImageClassification::<2, 1, 2, 4>::new(vec![0, 255, 0, 0, 255, 0, 255, 255], vec![3, 1]).unwrap();
        let batch = data.batches::<f32>(2).unwrap().into_iter().next().unwrap();
        let (images, labels) = batch.to(&Cpu::default()).unwrap();
        assert_eq!(images.as_vec(), [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0]);
        assert_eq!(labels.as_vec(), [3, 1]);
    }
}
