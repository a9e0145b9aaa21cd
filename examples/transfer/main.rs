//! Transfer learning: a network that knows the digits 0 to 4 learns 5 to 9 from 200 examples.
//!
//! ```sh
//! cargo run --release --example transfer
//! cargo run --release --example transfer -- --help
//! ```
//!
//! It trains on the digits 0 to 4 and saves what was learned. A second network, with a head for 5 to 9, loads the backbone
//! from that file, freezes it, and trains its head alone; a third one, with the same layers, starts from nothing. Both see
//! the same 200 examples three times. (Given time, `--epochs 20`, the one from scratch catches up: digits are easy.) The
//! networks and a picture of how they learned go to `out/transfer`.

#[path = "../common/command_line.rs"]
mod command_line;
mod digits;
#[path = "../common/drawing.rs"]
mod drawing;
mod options;
mod picture;
mod training;
#[path = "../common/values.rs"]
mod values;
#[path = "../common/watch.rs"]
mod watch;

use std::{error::Error, fs, process::ExitCode, time::Instant};

use shapewright::{on_device, prelude::*, weights};

use command_line::{Outcome, say};
use digits::{Digits, load};
use options::Options;
use training::{Curve, train};

network! {
    /// What digits are made of: strokes, bows and their places.
    pub struct Backbone {
        conv1: Conv2d<.., 16, 3, padding = 1, bias = false>, bn1: BatchNorm2d, ReLU, MaxPool2d<2>,
        conv2: Conv2d<.., 32, 3, padding = 1, bias = false>, bn2: BatchNorm2d, ReLU, MaxPool2d<2>,
        conv3: Conv2d<.., 64, 3, padding = 1, bias = false>, bn3: BatchNorm2d, ReLU, MaxPool2d<2>,
        Flatten,
    }
}

network! {
    /// Learns all of it.
    struct Whole: Input<1, 28, 28> { _: Backbone, head: Linear<.., 5> }
}

network! {
    /// Learns its head only.
    struct HeadOnly: Input<1, 28, 28> { Frozen<[_: Backbone]>, head: Linear<.., 5> }
}

// The same layers under the same names, but the compiler counts what learns.
const _: () = assert!(HeadOnly::PARAMS == Whole::PARAMS && HeadOnly::TRAINABLE == (64 * 3 * 3) * 5 + 5);

fn main() -> ExitCode {
    command_line::run(run)
}

fn run(options: &Options) -> Outcome {
    let device = options.device.open(options.seed)?;
    say!("on {device}");
    on_device!(device, |device| transfer(&device, options))
}

fn transfer<D: Backend<f32>>(device: &D, options: &Options) -> Outcome {
    let started = Instant::now();
    device.enable_cache();
    let (all_low, low_test) = load(&options.data, 0..5, usize::MAX)?;
    let (few_high, high_test) = load(&options.data, 5..10, options.examples)?;
    let out = &options.out;
    fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let [low_file, high_file, curves] =
        ["digits_0_to_4.safetensors", "digits_5_to_9.safetensors", "transfer.png"].map(|name| out.join(name));

    say!("1. A network learns 0 to 4 from {} digits.", all_low.len());
    let mut teacher = Whole::build(device)?;
    let curve = learn(&mut teacher, device, (&all_low, &low_test), options, options.pretraining)?;
    weights::save(&teacher, &low_file)?;
    say!("   test accuracy: {:.1} %", curve.last());

    say!("2. Its backbone, frozen, under a new head: learns 5 to 9 from {} digits.", few_high.len());
    let mut transferred = HeadOnly::build(device)?;
    weights::open(&low_file)?.ignore("head.*").load(&mut transferred)?;
    let fine_tuned = learn(&mut transferred, device, (&few_high, &high_test), options, options.epochs)?;
    weights::save(&transferred, &high_file)?;
    say!("   test accuracy: {:.1} %", fine_tuned.last());

    say!("3. The same layers from scratch, on the same {} digits, as often.", few_high.len());
    let mut fresh = Whole::build(device)?;
    let from_scratch = learn(&mut fresh, device, (&few_high, &high_test), options, options.epochs)?;
    say!("   test accuracy: {:.1} %", from_scratch.last());

    picture::draw(&curves, &fine_tuned, &from_scratch, few_high.len())?;
    say!("saved {}, {} and {}", low_file.display(), high_file.display(), curves.display());
    say!(
        "transfer: {:.1} %, from scratch: {:.1} %; {:.0} s altogether",
        fine_tuned.last(),
        from_scratch.last(),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

fn learn<D: Backend<f32>, N: training::Learner<D>>(
    network: &mut N,
    device: &D,
    (digits, test): (&Digits, &Digits),
    options: &Options,
    epochs: usize,
) -> Result<Curve, Box<dyn Error>> {
    train(
        network,
        device,
        digits,
        test,
        &training::Plan { epochs, lr: options.lr, batch: options.batch, seed: options.seed },
    )
}
