//! Training, the same for all three networks.

use std::{error::Error, f64::consts::PI};

use indicatif::{ProgressBar, ProgressStyle};
use shapewright::{data::prefetch, optim, prelude::*};

use crate::{digits::Digits, watch::Watch};

/// How many steps there are between two looks at how it goes. On a GPU each look waits until the steps are done.
const REPORT: usize = 10;

/// A network that tells five kinds of digits apart.
pub trait Learner<D: Backend<f32>>:
    Network<Input = shapes::Image<1, 28, 28>, Output = shapes::Vector<5>, Dtype = f32, Device = D>
{
}

impl<D, N> Learner<D> for N
where
    D: Backend<f32>,
    N: Network<Input = shapes::Image<1, 28, 28>, Output = shapes::Vector<5>, Dtype = f32, Device = D>,
{
}

/// How a network learns.
pub struct Plan {
    pub epochs: usize,
    pub batch: usize,
    pub lr: f64,
    pub seed: u64,
}

/// The accuracy on test digits in %, before the first epoch and after each.
pub struct Curve(pub Vec<f64>);

impl Curve {
    pub fn last(&self) -> f64 {
        self.0.last().copied().unwrap_or_default()
    }
}

pub fn train<D: Backend<f32>, N: Learner<D>>(
    network: &mut N,
    device: &D,
    digits: &Digits,
    test: &Digits,
    plan: &Plan,
) -> Result<Curve, Box<dyn Error>> {
    let batches = digits.batches::<f32>(plan.batch)?.shuffled(plan.seed);
    let steps = plan.epochs * batches.len();
    let progress = progress_bar(steps)?;
    let mut optimizer = Adam::new(network, AdamConfig { lr: plan.lr, ..AdamConfig::default() });
    let mut gradients = network.alloc_grads();
    let mut watch = Watch::new(plan.lr);
    let mut curve = vec![accuracy(network, device, test)?];

    for epoch in 0..plan.epochs {
        gradients = prefetch(batches.epoch(epoch as u64), 2, |ready| -> Result<_, Box<dyn Error>> {
            for (step, batch) in ready.enumerate() {
                let done = (epoch * batches.len() + step) as f64 / steps as f64;
                optimizer.cfg.lr = plan.lr * 0.5 * (1.0 + (PI * done).cos());

                let (images, _) = batch.to(device)?;
                let logits = network.try_train((images, gradients))?;
                let loss = CrossEntropyLoss::default().try_forward(logits, batch.labels())?;
                if step % REPORT == 0 {
                    let loss = loss.as_vec()[0];
                    watch.check(f64::from(loss)).inspect_err(|_| progress.abandon())?;
                    progress.set_message(format!("loss {loss:.4}"));
                }
                gradients = optim::step(network, &mut optimizer, loss)?;
                progress.inc(1);
            }
            Ok(gradients)
        })?;
        curve.push(accuracy(network, device, test)?);
    }
    progress.finish_and_clear();
    Ok(Curve(curve))
}

/// The percentage of digits that a network reads right.
fn accuracy<D: Backend<f32>, N: Learner<D>>(network: &N, device: &D, digits: &Digits) -> Result<f64, Box<dyn Error>> {
    let mut right = 0;
    for batch in digits.batches::<f32>(250)? {
        let (images, _) = batch.to(device)?;
        let logits = network.try_forward(images)?.as_vec();
        for (scores, label) in logits.chunks_exact(5).zip(batch.labels()) {
            let said = (0..5).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
            right += usize::from(said == Some(*label));
        }
    }
    Ok(100.0 * right as f64 / digits.len() as f64)
}

/// Drawn on a terminal only: elsewhere nobody looks.
fn progress_bar(steps: usize) -> Result<ProgressBar, Box<dyn Error>> {
    let style = ProgressStyle::with_template("   {wide_bar:.green/black.bright} {pos}/{len} {msg} {eta:>3}")?;
    Ok(ProgressBar::new(steps as u64).with_style(style.progress_chars("━━─")))
}
