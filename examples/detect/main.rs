//! Learns to find digits on a cluttered canvas and to draw a box around each: a small single-shot detector.
//!
//! ```sh
//! cargo run --release --features zoo --example detect
//! cargo run --release --features zoo --example detect -- --help
//! ```
//!
//! It writes the network and a picture of what it found to `out/detect`.

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
use shapewright::{
    data::prefetch,
    detection::{
        AnchorGrid, Anchors, Decoder, Detection, MultiBoxLoss, Truth, average_precision, coco_precision, count,
    },
    on_device, optim,
    prelude::*,
    weights,
    zoo::{SmallSSD, detector::grids},
};

use canvas::{Canvas, Losses, REPORT, SIDE, canvases, images, load, options, progress_bar};
use command_line::{Outcome, say};
use watch::Watch;

network! {
    /// Ten digits.
    struct Detector: Input<1, SIDE, SIDE> { _: SmallSSD<10> }
}

/// Narrow and wide digits, small and large ones, in shares of a canvas.
const SMALL: [(f32, f32); 3] = [(0.12, 0.28), (0.2, 0.28), (0.28, 0.28)];
const LARGE: [(f32, f32); 3] = [(0.16, 0.4), (0.28, 0.4), (0.4, 0.4)];
const GRIDS: [AnchorGrid; 2] = grids(SIDE, SIDE, &SMALL, &LARGE);
/// As many as the network has rows of scores: else this doesn't compile.
static ANCHORS: Anchors<{ count(&GRIDS) }> = Anchors::new(&GRIDS);

/// Finds digits on a cluttered canvas, with a box around each.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    common: options::Options,

    /// Where the network and the picture go
    #[arg(long, value_name = "DIR", default_value = "out/detect")]
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
    let (model, picture) = (out.join("model.safetensors"), out.join("detections.png"));

    device.enable_cache(); // memory is used again from step to step
    let mut network = Detector::build(device)?;
    say!(
        "{} parameters learn to look at {} boxes on canvases of {SIDE} × {SIDE} pixels",
        Detector::PARAMS,
        ANCHORS.boxes().len()
    );

    let test = canvases(&test_digits, options.seed_of(0), 0..options.test_canvases);
    let test_truth = truth(&test);
    let mut gradients = network.alloc_grads();
    let mut watch = Watch::new(options.lr);
    let mut optimizer = Adam::new(&network, AdamConfig { lr: options.lr, ..Default::default() });

    let mut found = Vec::new();
    for epoch in 1..=options.epochs {
        let batches = options.batches();
        let progress = progress_bar(epoch, options.epochs, batches.len())?;
        let mut losses = Losses::new(&mut watch);
        let painted = batches.iter().map(|batch| canvases(&digits, options.seed_of(epoch), batch.clone()));
        gradients = prefetch(painted, 2, |ready| -> Result<_, Box<dyn Error>> {
            for (number, canvases) in ready.enumerate() {
                optimizer.cfg.lr = options.rate(epoch, number, batches.len());
                let (scores, offsets) = network.try_train((images(&canvases, device)?, gradients))?;
                let loss = MultiBoxLoss::default().try_forward(scores, offsets, &ANCHORS, &truth(&canvases))?;
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
        found = detect(&network, device, &test, options.batch)?;
        say!(
            "epoch {epoch}: loss {:.4}; on test canvases: mAP@0.5 {:.3}",
            losses.mean(),
            average_precision(&found, &test_truth, 0.5)?.mean(),
        );
    }

    let precision = average_precision(&found, &test_truth, 0.5)?;
    for (digit, precision) in precision.of_classes().iter().enumerate() {
        if let Some(precision) = precision {
            say!("digit {digit}: AP@0.5 {precision:.3}");
        }
    }
    pictures::detections(&picture, &test, &found, precision.mean())?;
    say!("saved {} and {}", model.display(), picture.display());
    say!(
        "mAP@0.5: {:.3}, mAP@0.5:0.95: {:.3}, in {:.0} seconds",
        precision.mean(),
        coco_precision(&found, &test_truth)?,
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

fn truth(canvases: &[Canvas]) -> Vec<Vec<Truth>> {
    canvases.iter().map(|canvas| canvas.digits.clone()).collect()
}

/// What the network finds on each canvas.
fn detect<D: Backend<f32>>(
    network: &Detector<f32, D>,
    device: &D,
    canvases: &[Canvas],
    batch: usize,
) -> Result<Vec<Vec<Detection>>, Box<dyn Error>> {
    let mut found = Vec::new();
    for canvases in canvases.chunks(batch) {
        let (scores, offsets) = network.try_forward(images(canvases, device)?)?;
        found.extend(Decoder::default().decode(&scores, &offsets, &ANCHORS));
    }
    Ok(found)
}
