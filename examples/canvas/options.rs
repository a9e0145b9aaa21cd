//! What can be asked for on the command line.

use std::path::PathBuf;

use clap::Args;
use shapewright::device::DeviceSpec;

use crate::values::{at_least_one, positive, shipped_digits};

#[derive(Args)]
pub struct Options {
    /// A directory with data in MNIST's format (gzip or plain) [default: the digits of the repository]
    #[arg(long, value_name = "DIR", default_value_os_t = shipped_digits(), hide_default_value = true)]
    pub data: PathBuf,

    /// What computes: auto, cpu, cuda or cuda:1 (a GPU takes a build with `--features cuda`)
    #[arg(long, default_value_t)]
    pub device: DeviceSpec,

    /// Decides the initial weights and the canvases: the same seed, the same result
    #[arg(long, default_value_t = 42)]
    pub seed: u64,

    /// How many epochs it learns; after each it is tested, on canvases that are always the same
    #[arg(long, default_value_t = 8, value_parser = at_least_one, allow_negative_numbers = true)]
    pub epochs: usize,

    /// How many new canvases it sees in an epoch
    #[arg(long, default_value_t = 1600, value_parser = at_least_one, allow_negative_numbers = true)]
    pub canvases: usize,

    /// How many canvases it is tested by
    #[arg(long, default_value_t = 300, value_parser = at_least_one, allow_negative_numbers = true)]
    pub test_canvases: usize,

    /// How many canvases it sees between two steps
    #[arg(long, default_value_t = 8, value_parser = at_least_one, allow_negative_numbers = true)]
    pub batch: usize,

    /// The learning rate at the start; it falls to 0 along a cosine
    #[arg(long, default_value_t = 5e-3, value_parser = positive, allow_negative_numbers = true)]
    pub lr: f64,
}

impl Options {
    /// The batches of an epoch, as ranges of canvases.
    pub fn batches(&self) -> Vec<std::ops::Range<usize>> {
        let starts = (0..self.canvases).step_by(self.batch);
        starts.map(|start| start..(start + self.batch).min(self.canvases)).collect()
    }

    /// The learning rate where a share of the way is done.
    pub fn rate(&self, epoch: usize, batch: usize, batches: usize) -> f64 {
        let done = ((epoch - 1) * batches + batch) as f64 / (self.epochs * batches) as f64;
        self.lr * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
    }

    /// The seed of an epoch's canvases; that of the test is epoch 0.
    pub fn seed_of(&self, epoch: usize) -> u64 {
        self.seed.wrapping_mul(1009).wrapping_add(epoch as u64)
    }
}
