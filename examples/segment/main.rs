//! Learns to find digits on a cluttered canvas and to say, for each pixel, which digit it belongs to: a small U-Net.
//!
//! ```sh
//! cargo run --release --example segment
//! cargo run --release --example segment -- --help
//! ```
//!
//! It writes the network and a picture of what it found to `out/segment`.

#[path = "../canvas/mod.rs"]
mod canvas;
#[path = "../common/command_line.rs"]
mod command_line;
#[path = "../common/drawing.rs"]
mod drawing;
mod pictures;
#[path = "../common/values.rs"]
mod values;
#[path = "../common/watch.rs"]
mod watch;

use std::{error::Error, fs, path::PathBuf, process::ExitCode, time::Instant};

use clap::Parser;
use shapewright::{data::prefetch, on_device, optim, prelude::*, weights};

use canvas::{Canvas, Losses, REPORT, SIDE, canvases, images, load, options, progress_bar};
use command_line::{Outcome, say};
use watch::Watch;

network! {
    /// A 3×3 convolution with batch normalization.
    struct Unit<const C: usize> { conv: Conv2d<.., C, 3, padding = 1, bias = false>, bn: BatchNorm2d, ReLU }
}

network! {
    /// A small U-Net: each `Skip` holds all that lies below it, and joins its input to what comes up again.
    ///
    /// Few channels where there are many pixels; below, as many as it takes to tell ten digits apart.
    struct Segmenter: Input<1, SIDE, SIDE> {
        down1: Unit<8>,
        Skip<[
            MaxPool2d<2>, down2: [Unit<24>, Unit<24>],
            Skip<[
                MaxPool2d<2>, down3: [Unit<48>, Unit<48>],
                Skip<[MaxPool2d<2>, bottom: [Unit<96>, Unit<96>], enlarge3: ConvTranspose2d<.., 48, 2, stride = 2>]>,
                up3: Unit<48>, enlarge2: ConvTranspose2d<.., 24, 2, stride = 2>,
            ]>,
            up2: Unit<24>, enlarge1: ConvTranspose2d<.., 16, 2, stride = 2>,
        ]>,
        up1: Unit<16>,
        out: Conv2d<.., CLASSES, 1>,
    }
}

/// Ten digits and the background.
const CLASSES: usize = 11;

/// Finds and labels digits on a cluttered canvas, pixel by pixel.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    common: options::Options,

    /// Where the network and the picture go
    #[arg(long, value_name = "DIR", default_value = "out/segment")]
    out: PathBuf,
}

fn main() -> ExitCode {
    command_line::run(run)
}

fn run(options: &Options) -> Outcome {
    let device = options.common.device.open(options.common.seed)?;
    say!("on {device}");
    on_device!(device, |device| learn(&device, options))
}

fn learn<D: Backend<f32>>(device: &D, Options { common: options, out }: &Options) -> Outcome {
    let start = Instant::now();
    let (digits, test_digits) = load(&options.data)?;
    fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let (model, picture) = (out.join("model.safetensors"), out.join("segments.png"));

    device.enable_cache(); // memory is used again from step to step
    let mut network = Segmenter::build(device)?;
    say!("{} parameters learn from canvases of {SIDE} × {SIDE} pixels", Segmenter::PARAMS);

    let test = canvases(&test_digits, options.seed_of(0), 0..options.test_canvases);
    let mut gradients = network.alloc_grads();
    let mut watch = Watch::new(options.lr);
    let mut optimizer = Adam::new(&network, AdamConfig { lr: options.lr, ..Default::default() });
    // Most pixels are background, which so counts less.
    let mut weight = [1.0; CLASSES];
    weight[0] = 0.3;
    let criterion = CrossEntropyLoss::default().weight(&weight);

    let mut tested = Tally::default();
    for epoch in 1..=options.epochs {
        let batches = options.batches();
        let progress = progress_bar(epoch, options.epochs, batches.len())?;
        let mut losses = Losses::new(&mut watch);
        let painted = batches.iter().map(|batch| canvases(&digits, options.seed_of(epoch), batch.clone()));
        gradients = prefetch(painted, 2, |ready| -> Result<_, Box<dyn Error>> {
            for (number, canvases) in ready.enumerate() {
                optimizer.cfg.lr = options.rate(epoch, number, batches.len());
                let logits = network.try_train((images(&canvases, device)?, gradients))?;
                let loss = criterion.try_forward(logits, &labels(&canvases)[..])?;
                losses.push(&loss);
                gradients = optim::step(&mut network, &mut optimizer, loss)?;
                if (number + 1) % REPORT == 0 || number + 1 == batches.len() {
                    progress.set_message(format!("loss {:.4}", losses.read()?));
                }
                progress.inc(1);
            }
            Ok(gradients)
        })?;
        progress.finish_and_clear();
        weights::save(&network, &model)?;
        tested = evaluate(&network, device, &test, options.batch)?;
        say!(
            "epoch {epoch}: loss {:.4}; on test canvases: mean IoU {:.3}, {:.2}% of pixels right",
            losses.mean(),
            tested.mean_iou(),
            tested.accuracy(),
        );
    }

    say!("background: IoU {:.3}", tested.iou(0));
    for digit in 0..10 {
        say!("digit {digit}:    IoU {:.3}", tested.iou(digit + 1));
    }
    pictures::segments(&picture, &test, &tested)?;
    say!("saved {} and {}", model.display(), picture.display());
    say!("mean IoU: {:.3}, in {:.0} seconds", tested.mean_iou(), start.elapsed().as_secs_f64());
    Ok(())
}

/// What canvases show, pixel by pixel.
fn labels(canvases: &[Canvas]) -> Vec<usize> {
    canvases.iter().flat_map(|canvas| canvas.labels.iter().copied()).collect()
}

/// What a network said about the pixels of canvases.
#[derive(Default)]
pub struct Tally {
    /// How often a pixel of the first class was said to be of the second.
    confusion: [[usize; CLASSES]; CLASSES],
    /// What it said, canvas by canvas.
    said: Vec<Vec<usize>>,
}

impl Tally {
    /// Intersection over union of a class: of the pixels that show it or are said to, how many do both.
    pub fn iou(&self, class: usize) -> f64 {
        let shown: usize = self.confusion[class].iter().sum();
        let said: usize = self.confusion.iter().map(|said| said[class]).sum();
        let both = self.confusion[class][class];
        both as f64 / (shown + said - both) as f64
    }

    /// The mean over all classes that are there, the background among them.
    pub fn mean_iou(&self) -> f64 {
        let there: Vec<f64> = (0..CLASSES).map(|class| self.iou(class)).filter(|iou| !iou.is_nan()).collect();
        there.iter().sum::<f64>() / there.len() as f64
    }

    /// The percentage of pixels that are right.
    pub fn accuracy(&self) -> f64 {
        let right: usize = (0..CLASSES).map(|class| self.confusion[class][class]).sum();
        100.0 * right as f64 / self.confusion.iter().flatten().sum::<usize>() as f64
    }

    /// What was said about the pixels of a canvas.
    pub fn said(&self, canvas: usize) -> &[usize] {
        &self.said[canvas]
    }
}

fn evaluate<D: Backend<f32>>(
    network: &Segmenter<f32, D>,
    device: &D,
    test: &[Canvas],
    batch: usize,
) -> Result<Tally, Box<dyn Error>> {
    let mut tally = Tally::default();
    for canvases in test.chunks(batch) {
        let scores = network.try_forward(images(canvases, device)?)?.as_vec();
        for (canvas, scores) in canvases.iter().zip(scores.chunks_exact(CLASSES * SIDE * SIDE)) {
            let score = |class: usize, place: usize| scores[class * SIDE * SIDE + place];
            let best = |place: usize| {
                (0..CLASSES).max_by(|a, b| score(*a, place).total_cmp(&score(*b, place))).unwrap_or_default()
            };
            let said: Vec<usize> = (0..SIDE * SIDE).map(best).collect();
            for (label, said) in canvas.labels.iter().zip(&said) {
                tally.confusion[*label][*said] += 1;
            }
            tally.said.push(said);
        }
    }
    Ok(tally)
}
