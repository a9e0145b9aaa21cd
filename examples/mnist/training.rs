//! Training and testing, the same for every network that tells digits apart.

use std::f64::consts::PI;

use indicatif::{ProgressBar, ProgressStyle};
use shapewright::{
    data::{Mnist, prefetch},
    network, optim,
    prelude::*,
};

use crate::{command_line::Outcome, options::Training, watch::Watch};

/// How many steps there are between two looks at how it goes. On a GPU each look waits until the steps are done.
const REPORT: usize = 10;

/// A network that says which digit an image is. Any that takes such images, gives ten scores and ends in a softmax is one.
pub trait Classifier<D: Backend<f32>>:
    network::Classifier<Input = shapes::Image<1, 28, 28>, Output = shapes::Vector<10>, Dtype = f32, Device = D>
{
}

impl<D: Backend<f32>, N> Classifier<D> for N where
    N: network::Classifier<Input = shapes::Image<1, 28, 28>, Output = shapes::Vector<10>, Dtype = f32, Device = D>
{
}

/// What a network said about digits.
#[derive(Default)]
pub struct Tally {
    loss: f64,
    answers: Vec<Answer>,
}

/// What a network said about a digit.
pub struct Answer {
    pub label: usize,
    pub said: usize,
    /// The score of what it said.
    pub score: f32,
}

impl Tally {
    /// Counts a batch with its mean loss.
    fn add(&mut self, scores: &[f32], labels: &[usize], loss: f64) {
        self.loss += loss * labels.len() as f64;
        self.answers.extend(scores.chunks_exact(10).zip(labels).map(|(scores, label)| {
            let (said, score) =
                scores.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default();
            Answer { label: *label, said, score }
        }));
    }

    /// The mean loss.
    pub fn loss(&self) -> f64 {
        self.loss / self.answers.len() as f64
    }

    /// The percentage of right answers.
    pub fn accuracy(&self) -> f64 {
        let right = self.answers.iter().filter(|answer| answer.said == answer.label).count();
        100.0 * right as f64 / self.answers.len() as f64
    }

    /// The answers, in the order of the digits.
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }
}

/// Trains a network, and hands it over after each epoch (the first is 1) with what it said meanwhile.
pub fn train<D: Backend<f32>, N: Classifier<D>>(
    network: &mut N,
    device: &D,
    digits: &Mnist,
    options: &Training,
    mut after_epoch: impl FnMut(usize, &N, Tally) -> Outcome,
) -> Outcome {
    let batches = digits.batches::<f32>(options.batch)?.shuffled(options.seed);
    let steps = (options.epochs * batches.len()) as f64;
    let mut watch = Watch::new(options.lr);
    let mut optimizer = Adam::new(network, AdamConfig { lr: options.lr, ..Default::default() });

    for epoch in 1..=options.epochs {
        let progress = progress_bar(epoch, options.epochs, batches.len())?;
        let mut tally = Tally::default();
        let mut unread = Vec::new(); // what the device computed and the host hasn't seen yet
        prefetch(batches.epoch(epoch as u64), 2, |ready| -> Outcome {
            for (step, batch) in ready.enumerate() {
                let done = ((epoch - 1) * batches.len() + step) as f64 / steps;
                optimizer.cfg.lr = options.lr * 0.5 * (1.0 + (PI * done).cos());

                let (images, _) = batch.to(device)?;
                let mut scores = None;
                let loss = optim::train_step(network, &mut optimizer, images, |logits| {
                    scores = Some(logits.retaped::<NoneTape>());
                    CrossEntropyLoss::default().try_forward(logits, batch.labels())
                })?;
                unread.extend(scores.map(|scores| (scores, loss, batch)));

                if (step + 1) % REPORT == 0 || step + 1 == batches.len() {
                    for (scores, loss, batch) in unread.drain(..) {
                        let loss = f64::from(loss.as_vec()[0]);
                        watch.check(loss).inspect_err(|_| progress.abandon())?;
                        tally.add(&scores.as_vec(), batch.labels(), loss);
                        progress.set_message(format!("loss {loss:.4}"));
                        progress.inc(1);
                    }
                }
            }
            Ok(())
        })?;
        progress.finish_and_clear();
        after_epoch(epoch, network, tally)?;
    }
    Ok(())
}

/// Asks a network about every digit. The scores are probabilities.
pub fn evaluate<D: Backend<f32>, N: Classifier<D>>(network: &N, device: &D, digits: &Mnist) -> Outcome<Tally> {
    let mut tally = Tally::default();
    for batch in digits.batches::<f32>(250)? {
        let (images, _) = batch.to(device)?;
        let probabilities = network.try_forward(images)?.as_vec();
        let of_labels = probabilities.chunks_exact(10).zip(batch.labels()).map(|(of_digit, label)| of_digit[*label]);
        let loss: f64 = of_labels.map(|probability| -f64::from(probability).clamp(1e-30, 1.0).ln()).sum();
        tally.add(&probabilities, batch.labels(), loss / batch.len() as f64);
    }
    Ok(tally)
}

/// Drawn on a terminal only: elsewhere nobody looks.
fn progress_bar(epoch: usize, epochs: usize, batches: usize) -> Outcome<ProgressBar> {
    let style = ProgressStyle::with_template("{prefix} {wide_bar:.green/black.bright} {pos}/{len} {msg} {eta:>3}")?;
    let bar = ProgressBar::new(batches as u64).with_style(style.progress_chars("━━─"));
    bar.set_prefix(format!("epoch {epoch}/{epochs}"));
    Ok(bar)
}
