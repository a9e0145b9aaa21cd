//! Labelled images, from files to batches on a device.
//!
//! [`Idx`] reads files of MNIST and similar data sets, [`ImageClassification`] pairs images with their labels and
//! checks both against shapes known at compile time, [`Batches`] divides them into batches, optionally shuffled from a
//! seed, and [`prefetch`] prepares batches while the device computes.
//!
//! ```
//! use shapewright::prelude::*;
//! use shapewright::data::{Mnist, Split};
//!
//! let dev = Cpu::default();
//! let digits = Mnist::load("examples/data/mnist", Split::Test)?;
//! let batches = digits.batches::<f32>(64)?.shuffled(42);
//! for epoch in 0..2 {
//!     for batch in batches.epoch(epoch) {
//!         // Tensor<(usize, Const<1>, Const<28>, Const<28>), f32, Cpu> and Tensor<(usize,), usize, Cpu>
//!         let (images, labels) = batch.to(&dev)?;
//!         # assert_eq!(images.shape().0, labels.shape().0);
//!     }
//! }
//! # Ok::<(), shapewright::Error>(())
//! ```

mod batches;
mod idx;
mod images;
mod prefetch;

pub use batches::{Batch, Batches, Epoch};
pub use idx::Idx;
pub use images::{ImageClassification, Mnist, Split};
pub use prefetch::{Prefetched, prefetch};
