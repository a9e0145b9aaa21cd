//! Training and testing, the same for every network that tells digits apart.

use std::{error::Error, f64::consts::PI};

use indicatif::{ProgressBar, ProgressStyle};
use shapewright::{data::Mnist, layer::EndsInSoftmax, prelude::*};

use crate::options::Training;

pub type Traced = OwnedTape<f32, Cpu>;
pub type Images<T = NoneTape> = Tensor<(usize, Const<1>, Const<28>, Const<28>), f32, Cpu, T>;

/// A network that says which digit an image is. Any that takes such images, gives ten scores and ends in a softmax is one.
pub trait Classifier:
    Network<Input = Image<1, 28, 28>, Output = Vector<10>, Dtype = f32, Device = Cpu> + EndsInSoftmax<Images<Traced>>
{
}

impl<N> Classifier for N where
    N: Network<Input = Image<1, 28, 28>, Output = Vector<10>, Dtype = f32, Device = Cpu>
        + EndsInSoftmax<Images<Traced>>
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
pub fn train<N: Classifier>(
    network: &mut N,
    device: &Cpu,
    digits: &Mnist,
    options: &Training,
    mut after_epoch: impl FnMut(usize, &N, Tally) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let batches = digits.batches::<f32>(options.batch)?.shuffled(options.seed);
    let steps = (options.epochs * batches.len()) as f64;
    let mut gradients = network.alloc_grads();
    let mut optimizer = Adam::new(network, AdamConfig { lr: options.lr, ..Default::default() });

    for epoch in 1..=options.epochs {
        let progress = progress_bar(epoch, options.epochs, batches.len())?;
        let mut tally = Tally::default();
        for (step, batch) in batches.epoch(epoch as u64).enumerate() {
            let done = ((epoch - 1) * batches.len() + step) as f64 / steps;
            optimizer.cfg.lr = options.lr * 0.5 * (1.0 + (PI * done).cos());

            let (images, labels) = batch.to(device)?;
            let logits = network.try_logits_mut(images.traced(gradients))?;
            let scores = logits.as_vec();
            let loss = CrossEntropyLoss::default().try_forward(logits, &labels)?;
            let loss_value = f64::from(loss.array());
            if !loss_value.is_finite() {
                progress.abandon();
                return Err(format!(
                    "the loss became {loss_value} in epoch {epoch}, batch {}; try a learning rate below {:?}",
                    step + 1,
                    options.lr
                )
                .into());
            }
            gradients = loss.try_backward()?;
            optimizer.update(network, &gradients)?;
            network.try_zero_grads(&mut gradients)?;

            tally.add(&scores, batch.labels(), loss_value);
            progress.set_message(format!("loss {loss_value:.4}"));
            progress.inc(1);
        }
        progress.finish_and_clear();
        after_epoch(epoch, network, tally)?;
    }
    Ok(())
}

/// Asks a network about every digit. The scores are probabilities.
pub fn evaluate<N: Classifier>(network: &N, device: &Cpu, digits: &Mnist) -> Result<Tally, Box<dyn Error>> {
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
fn progress_bar(epoch: usize, epochs: usize, batches: usize) -> Result<ProgressBar, Box<dyn Error>> {
    let style = ProgressStyle::with_template("{prefix} {wide_bar:.green/black.bright} {pos}/{len} {msg} {eta:>3}")?;
    let bar = ProgressBar::new(batches as u64).with_style(style.progress_chars("━━─"));
    bar.set_prefix(format!("epoch {epoch}/{epochs}"));
    Ok(bar)
}
