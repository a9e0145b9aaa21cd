//! Builds well-known architectures and takes each one step forward and one back, on a random image.
//!
//! ```sh
//! cargo run --release --example architectures
//! cargo run --release --example architectures -- --network resnet18 --summary
//! ```
//!
//! Their shapes, parameters and multiplications are known before it runs: the compiler computes them.

mod googlenet;
mod resnet18;
mod unet;

use std::{process::ExitCode, time::Instant};

use clap::{Parser, ValueEnum};
use dfdx::{shapes, tensor_ops::MeanTo};
use shapewright::{network::Summary, prelude::*};

use googlenet::GoogLeNet;
use resnet18::ResNet18;
use unet::UNet;

/// Builds well-known architectures and takes each one step forward and one back, on a random image.
#[derive(Parser)]
struct Options {
    /// Which of them [default: all]
    #[arg(long, value_enum)]
    network: Option<Architecture>,

    /// Print all layers, with shapes, parameters and multiplications
    #[arg(long)]
    summary: bool,

    /// Decides the initial weights and the image
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Architecture {
    /// Residual blocks, 18 layers deep
    #[value(name = "resnet18")]
    ResNet18,
    /// Inception blocks: four branches joined
    #[value(name = "googlenet")]
    GoogLeNet,
    /// Down, up, and skip connections across
    #[value(name = "unet")]
    UNet,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let wanted = |architecture| options.network.is_none_or(|network| network == architecture);
    for &architecture in Architecture::value_variants().iter().filter(|architecture| wanted(**architecture)) {
        if let Err(error) = demonstrate(architecture, &options) {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn demonstrate(architecture: Architecture, options: &Options) -> Result<()> {
    type Picture<const SIZE: usize> = Traced<Rank3<3, SIZE, SIZE>>;
    match architecture {
        Architecture::ResNet18 => {
            step(&ResNet18::summary(), options, ResNet18::build, |network, image: Picture<224>| {
                network.try_forward_mut(image)
            })
        }
        Architecture::GoogLeNet => {
            step(&GoogLeNet::summary(), options, GoogLeNet::build, |network, image: Picture<224>| {
                network.try_forward_mut(image)
            })
        }
        Architecture::UNet => {
            step(&UNet::summary(), options, UNet::build, |network, image: Picture<128>| network.try_forward_mut(image))
        }
    }
}

/// A tensor that records what the gradients need.
type Traced<S> = Tensor<S, f32, Cpu, OwnedTape<f32, Cpu>>;

/// Builds a network, runs it on a random image, and computes all gradients.
fn step<N, X: shapes::ConstShape, Y: shapes::Shape>(
    summary: &Summary,
    options: &Options,
    build: impl FnOnce(&Cpu) -> Result<N>,
    forward: impl FnOnce(&mut N, Traced<X>) -> Result<Traced<Y>>,
) -> Result<()> {
    if options.summary {
        println!("{summary}");
    }
    println!(
        "{}: {} to {}, {:.1} million parameters, {:.2} billion multiplications",
        summary.name,
        summary.input,
        summary.output,
        summary.costs.parameters as f64 / 1e6,
        summary.costs.macs as f64 / 1e9,
    );
    let device = Cpu::seed_from_u64(options.seed);
    let mut network = timed("build", || build(&device))?;
    let image: Tensor<X, f32, Cpu> = device.sample_normal();
    let output = timed("forward", || forward(&mut network, image.leaky_trace()))?;
    let gradients = timed("backward", || Ok(output.square().mean::<Rank0, _>().try_backward()?))?;
    let largest =
        gradients.get(&image).as_vec().into_iter().fold(0.0, |largest: f32, number| largest.max(number.abs()));
    println!("  the largest gradient of the image: {largest:.2e}");
    Ok(())
}

/// Says how long something takes.
fn timed<T>(what: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let outcome = run()?;
    println!("  {what:<8} {:>6.2} s", start.elapsed().as_secs_f64());
    Ok(outcome)
}
