//! What can be asked for on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, ValueEnum};
use shapewright::device::DeviceSpec;

use crate::values::{at_least_one, positive, shipped_digits};

/// Learns to read handwritten digits.
#[derive(Parser)]
pub struct Options {
    /// A directory with data in MNIST's format (gzip or plain) [default: the digits of the repository]
    #[arg(long, value_name = "DIR", default_value_os_t = shipped_digits(), hide_default_value = true)]
    pub data: PathBuf,

    /// Where the network and the pictures go
    #[arg(long, value_name = "DIR", default_value = "out/mnist")]
    pub out: PathBuf,

    /// Which network learns
    #[arg(long, value_enum, default_value_t = Architecture::Blocks)]
    pub network: Architecture,

    /// What computes: auto, cpu, cuda or cuda:1 (a GPU takes a build with `--features cuda`)
    #[arg(long, default_value_t)]
    pub device: DeviceSpec,

    #[command(flatten)]
    pub training: Training,
}

/// How a network learns.
#[derive(Args)]
pub struct Training {
    /// How often it sees every digit
    #[arg(long, default_value_t = 8, value_parser = at_least_one, allow_negative_numbers = true)]
    pub epochs: usize,

    /// How many digits it sees between two steps
    #[arg(long, default_value_t = 64, value_parser = at_least_one, allow_negative_numbers = true)]
    pub batch: usize,

    /// The learning rate at the start; it falls to 0 along a cosine
    #[arg(long, default_value_t = 8e-3, value_parser = positive, allow_negative_numbers = true)]
    pub lr: f64,

    /// Decides the initial weights and the order of the digits: the same seed, the same result
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Architecture {
    /// Two convolution blocks with batch normalization
    Blocks,
    /// One convolution and one linear layer
    Mission,
}
