//! What can be asked for on the command line.

use std::path::PathBuf;

use clap::Parser;
use shapewright::device::DeviceSpec;

use crate::models::Model;

/// Says what a photograph shows.
#[derive(Parser)]
pub struct Options {
    /// A JPEG or PNG file
    pub image: Option<PathBuf>,

    /// Which network
    #[arg(long, value_enum, default_value_t = Model::ResNet18)]
    pub model: Model,

    /// A file of weights: PyTorch's, safetensors or npz
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,

    /// What computes: auto, cpu, cuda or cuda:1 (a GPU takes a build with `--features cuda`)
    #[arg(long, default_value_t)]
    pub device: DeviceSpec,

    /// How many classes to name
    #[arg(long, default_value_t = 5)]
    pub top: usize,
}
