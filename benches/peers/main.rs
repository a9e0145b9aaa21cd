//! The eight everyday workloads that other libraries are measured by, with this one, used as anybody would.
//!
//! A server: it reads lines `WORKLOAD MILLISECONDS` and answers `WORKLOAD MEDIAN P10 MIN nan RUNS`, in microseconds a call, as
//! the servers of the peers do, so that all are asked in turn. A workload that isn't there is `NA`.
//!
//! ```sh
//! cargo bench --bench peers --no-run   # prints where the program is
//! echo w1a 1000 | target/release/deps/peers-…
//! ```

mod networks;
mod timing;

use std::io::{self, BufRead, Write};

use shapewright::{optim, prelude::*};

use networks::{Cnn, Mlp, ResNet18, Vgg};

/// What is timed.
type Workload = Box<dyn FnMut() -> Result<()>>;

fn main() -> io::Result<()> {
    let mut last: Option<(String, Workload)> = None;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let (Some(name), milliseconds) = (words.next(), words.next()) else { continue };
        if name == "quit" {
            break;
        }
        if last.as_ref().is_none_or(|(of, _)| of != name) {
            last = workload(name).map_err(io::Error::other)?.map(|workload| (name.to_owned(), workload));
        }
        match &mut last {
            None => println!("{name} NA"),
            Some((_, workload)) => {
                let milliseconds = milliseconds.and_then(|number| number.parse().ok()).unwrap_or(500);
                println!("{name} {}", timing::measure(milliseconds, workload).map_err(io::Error::other)?);
            }
        }
        io::stdout().flush()?;
    }
    Ok(())
}

fn workload(name: &str) -> Result<Option<Workload>> {
    let device = Cpu::seed_from_u64(1);
    device.try_enable_cache()?;
    Ok(Some(match name {
        "w1a" => inference(&Mlp::build(&device)?, &device.sample_normal::<Rank2<1, 784>>())?,
        "w2a" => inference(&Cnn::build(&device)?, &device.sample_normal::<Rank4<1, 1, 28, 28>>())?,
        "w3a" => inference(&Vgg::build(&device)?, &device.sample_normal::<Rank4<1, 3, 32, 32>>())?,
        "w4" => inference(&ResNet18::build(&device)?, &device.sample_normal::<Rank4<1, 3, 224, 224>>())?,
        "w1b" => {
            let network = Mlp::build(&device)?;
            let optimizer = Sgd::new(&network, SgdConfig { lr: 1e-3, ..Default::default() });
            let input: Tensor<Rank2<64, 784>, f32, Cpu> = device.sample_normal();
            training(network, optimizer, move |network, gradients| network.try_train((input.clone(), gradients)))
        }
        "w2b" => {
            let network = Cnn::build(&device)?;
            let optimizer = Adam::new(&network, AdamConfig::default());
            let input: Tensor<Rank4<64, 1, 28, 28>, f32, Cpu> = device.sample_normal();
            training(network, optimizer, move |network, gradients| network.try_train_logits((input.clone(), gradients)))
        }
        "w3b" => {
            let network = Vgg::build(&device)?;
            let optimizer = Sgd::new(&network, SgdConfig { lr: 1e-3, ..Default::default() });
            let input: Tensor<Rank4<32, 3, 32, 32>, f32, Cpu> = device.sample_normal();
            training(network, optimizer, move |network, gradients| network.try_train((input.clone(), gradients)))
        }
        _ => return Ok(None),
    }))
}

/// An example at a time, by a compiled plan.
fn inference<N, S: dfdx::shapes::Shape>(network: &N, input: &Tensor<S, f32, Cpu>) -> Result<Workload>
where
    N: Network<Dtype = f32, Device = Cpu>,
    N::Input: 'static,
    N::Output: 'static,
{
    let mut session = network.compile::<1>()?.session()?;
    let (input, mut output) = (input.as_vec(), vec![0.0; Plan::<N::Input, N::Output, 1>::OUTPUTS]);
    Ok(Box::new(move || session.run(&input, &mut output)))
}

/// A step of learning: forward, loss, back, the optimizer, and the loss as a number.
fn training<const B: usize, N>(
    mut network: N,
    mut optimizer: impl Optimizer<N, Cpu, f32> + 'static,
    mut logits: impl FnMut(&mut N, Gradients<f32, Cpu>) -> Result<Tensor<Rank2<B, 10>, f32, Cpu, OwnedTape<f32, Cpu>>>
    + 'static,
) -> Workload
where
    N: Network<Dtype = f32, Device = Cpu> + 'static,
{
    let labels: Vec<usize> = (0..B).map(|example| example * 7 % 10).collect();
    let mut kept = Some(network.alloc_grads());
    Box::new(move || {
        let gradients = kept.take().unwrap_or_else(|| network.alloc_grads());
        let logits = logits(&mut network, gradients)?;
        let loss = CrossEntropyLoss::default().try_forward(logits, &labels[..])?;
        std::hint::black_box(loss.array());
        kept = Some(optim::step(&mut network, &mut optimizer, loss)?);
        Ok(())
    })
}
