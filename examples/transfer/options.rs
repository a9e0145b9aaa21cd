//! What can be asked for on the command line.

use std::path::PathBuf;

use clap::Parser;
use shapewright::device::DeviceSpec;

use crate::values::{at_least_one, positive, shipped_digits};

/// Teaches a network that knows the digits 0 to 4 the digits 5 to 9.
#[derive(Parser)]
pub struct Options {
    /// A directory with data in MNIST's format (gzip or plain) [default: the digits of the repository]
    #[arg(long, value_name = "DIR", default_value_os_t = shipped_digits(), hide_default_value = true)]
    pub data: PathBuf,

    /// Where the networks and the picture go
    #[arg(long, value_name = "DIR", default_value = "out/transfer")]
    pub out: PathBuf,

    /// How many of the digits 5 to 9 there are to learn from
    #[arg(long, default_value_t = 200, value_parser = at_least_one, allow_negative_numbers = true)]
    pub examples: usize,

    /// How often those are seen
    #[arg(long, default_value_t = 3, value_parser = at_least_one, allow_negative_numbers = true)]
    pub epochs: usize,

    /// How often the digits 0 to 4 are seen before
    #[arg(long, default_value_t = 4, value_parser = at_least_one, allow_negative_numbers = true)]
    pub pretraining: usize,

    /// How many digits are seen between two steps
    #[arg(long, default_value_t = 32, value_parser = at_least_one, allow_negative_numbers = true)]
    pub batch: usize,

    /// The learning rate at the start; it falls to 0 along a cosine
    #[arg(long, default_value_t = 5e-3, value_parser = positive, allow_negative_numbers = true)]
    pub lr: f64,

    /// What computes: auto, cpu, cuda or cuda:1 (a GPU takes a build with `--features cuda`)
    #[arg(long, default_value_t)]
    pub device: DeviceSpec,

    /// Decides the initial weights and the order of the digits: the same seed, the same result
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
}
