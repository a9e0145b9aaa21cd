//! Learns to read handwritten digits, from the 8,000 that come with the repository.
//!
//! ```sh
//! cargo run --release --example mnist
//! cargo run --release --example mnist -- --help
//! ```
//!
//! It writes the network, its learning curve and a picture of what it reads wrongly to `out/mnist`. The full MNIST,
//! or anything in its format, is `--data DIRECTORY` away.

#[path = "../common/command_line.rs"]
mod command_line;
#[path = "../common/drawing.rs"]
mod drawing;
mod options;
mod pictures;
mod training;
#[path = "../common/values.rs"]
mod values;
#[path = "../common/watch.rs"]
mod watch;

use std::{fs, process::ExitCode};

use shapewright::{
    data::{Mnist, Split},
    on_device,
    prelude::*,
    weights,
};

use command_line::{Outcome, say};
use options::{Architecture, Options};
use training::{Classifier, evaluate, train};

network! {
    /// Two convolution blocks with batch normalization.
    struct Digits: Input<1, 28, 28> {
        conv1: Conv2d<.., 16, 3, padding = 1, bias = false>, bn1: BatchNorm2d, ReLU, MaxPool2d<2>,
        conv2: Conv2d<.., 32, 3, padding = 1, bias = false>, bn2: BatchNorm2d, ReLU, MaxPool2d<2>,
        Flatten, fc: Linear<.., 10>, Softmax,
    }
}

/// The line this project exists for.
type Mission = network!(Input<1, 28, 28>, Conv2d<1, 8, 3>, ReLU, MaxPool2d<2>, Flatten, Linear<.., 10>, Softmax);

fn main() -> ExitCode {
    command_line::run(run)
}

fn run(options: &Options) -> Outcome {
    let device = options.device.open(options.training.seed)?;
    say!("on {device}");
    on_device!(device, |device| build(&device, options))
}

fn build<D: Backend<f32>>(device: &D, options: &Options) -> Outcome {
    device.enable_cache(); // memory is used again from step to step, which is a quarter faster
    match options.network {
        Architecture::Blocks => learn(Digits::build(device)?, device, options),
        Architecture::Mission => learn(Mission::build(device)?, device, options),
    }
}

/// Trains a network, saves it after each epoch, and draws what came of it.
fn learn<D: Backend<f32>, N: Classifier<D>>(mut network: N, device: &D, options: &Options) -> Outcome {
    let digits = Mnist::load(&options.data, Split::Train)?;
    let test_digits = Mnist::load(&options.data, Split::Test)?;
    if digits.is_empty() || test_digits.is_empty() {
        return Err(format!("{}: there are no digits in it", options.data.display()).into());
    }
    say!("{} digits to learn from, {} to be tested by", digits.len(), test_digits.len());

    let out = &options.out;
    fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let [model, curve, mistakes] =
        ["model.safetensors", "learning_curve.png", "mistakes.png"].map(|name| out.join(name));

    let mut history = Vec::new();
    train(&mut network, device, &digits, &options.training, |epoch, network, trained| {
        let tested = evaluate(network, device, &test_digits)?;
        if !tested.loss().is_finite() {
            return Err(format!("the network lost its way in epoch {epoch}: its test loss is {}", tested.loss()).into());
        }
        weights::save(network, &model)?;
        say!(
            "epoch {epoch}: loss {:.4}, accuracy {:.2}%; on test digits: loss {:.4}, accuracy {:.2}%",
            trained.loss(),
            trained.accuracy(),
            tested.loss(),
            tested.accuracy(),
        );
        history.push((trained, tested));
        Ok(())
    })?;

    pictures::learning_curve(&curve, &history)?;
    let (_, tested) = history.last().ok_or("there were no epochs")?;
    pictures::mistakes(&mistakes, tested, &test_digits)?;
    say!("saved {}, {} and {}", model.display(), curve.display(), mistakes.display());
    say!("test accuracy: {:.2}%", tested.accuracy());
    Ok(())
}
