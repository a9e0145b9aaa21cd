//! What freezing saves: a step of ResNet-18 with all of it learning, and with its backbone frozen, in turn.
//!
//! ```sh
//! cargo bench --features zoo --bench freezing
//! ```

use std::time::{Duration, Instant};

use shapewright::{prelude::*, zoo};

network! {
    struct Whole: Input<3, 64, 64> { _: zoo::ResNet18Features, GlobalAvgPool2d, fc: Linear<.., 10> }
}
network! {
    struct Frozen18: Input<3, 64, 64> { Frozen<[_: zoo::ResNet18Features]>, GlobalAvgPool2d, fc: Linear<.., 10> }
}

const BATCH: usize = 16;
const STEPS: usize = 15;

fn main() -> Result<()> {
    let device = Cpu::seed_from_u64(1);
    device.try_enable_cache()?;
    let images: Tensor<Rank4<BATCH, 3, 64, 64>, f32, Cpu> = device.sample_normal();
    let labels = device.tensor([3_usize; BATCH]);
    let (mut whole, mut frozen) = (Whole::build(&device)?, Frozen18::build(&device)?);
    let (mut of_whole, mut of_frozen) = (Vec::new(), Vec::new());
    for _ in 0..STEPS {
        of_whole.push(step(&mut whole, &images, &labels)?);
        of_frozen.push(step(&mut frozen, &images, &labels)?);
    }
    println!("ResNet-18, {BATCH} images of 64 × 64, the median of {STEPS} steps");
    println!("{:<22} {:>10} {:>10}", "", "forward", "backward");
    for (name, times) in [("all of it learns", of_whole), ("the backbone is frozen", of_frozen)] {
        let median = |part: fn(&(Duration, Duration)) -> Duration| {
            let mut parts: Vec<Duration> = times.iter().map(part).collect();
            parts.sort();
            parts[parts.len() / 2]
        };
        println!("{name:<22} {:>10.1?} {:>10.1?}", median(|times| times.0), median(|times| times.1));
    }
    Ok(())
}

/// How long the way forward and the way back take.
fn step<N>(
    network: &mut N,
    images: &Tensor<Rank4<BATCH, 3, 64, 64>, f32, Cpu>,
    labels: &Tensor<(Const<BATCH>,), usize, Cpu>,
) -> Result<(Duration, Duration)>
where
    N: Network<Input = shapes::Image<3, 64, 64>, Output = shapes::Vector<10>, Dtype = f32, Device = Cpu>,
{
    let gradients = network.alloc_grads();
    let start = Instant::now();
    let logits = network.try_train(images.clone().traced(gradients))?;
    let forward = start.elapsed();
    let loss = CrossEntropyLoss::default().try_forward(logits, labels)?;
    let start = Instant::now();
    let gradients = loss.try_backward()?;
    let backward = start.elapsed();
    drop(gradients);
    Ok((forward, backward))
}
