//! Builds well-known architectures and takes each one step forward and one back, on a random image.
//!
//! ```sh
//! cargo run --release --example architectures
//! cargo run --release --example architectures -- --network resnet18 --summary
//! ```
//!
//! Their shapes, parameters and multiplications are known before it runs: the compiler computes them.

#[path = "../common/command_line.rs"]
mod command_line;
mod googlenet;
mod resnet18;
mod unet;

use std::{process::ExitCode, time::Instant};

use clap::{Parser, ValueEnum};
use shapewright::{device::DeviceSpec, dfdx::shapes, network::Summary, on_device, prelude::*};

use command_line::{Outcome, say};
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

    /// What computes: auto, cpu, cuda or cuda:1 (a GPU takes a build with `--features cuda`)
    #[arg(long, default_value_t)]
    device: DeviceSpec,

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
    command_line::run(run)
}

fn run(options: &Options) -> Outcome {
    let device = options.device.open(options.seed)?;
    say!("on {device}");
    let wanted = |architecture| options.network.is_none_or(|network| network == architecture);
    for &architecture in Architecture::value_variants().iter().filter(|architecture| wanted(**architecture)) {
        on_device!(&device, |device| demonstrate(architecture, options, device))?;
    }
    Ok(())
}

fn demonstrate<D: Backend<f32>>(architecture: Architecture, options: &Options, device: &D) -> Outcome {
    type Picture<const SIZE: usize, D> = Traced<Rank3<3, SIZE, SIZE>, D>;
    match architecture {
        Architecture::ResNet18 => {
            let build = || ResNet18::build(device);
            let forward = |network: &mut ResNet18<f32, D>, image: Picture<224, D>| network.try_train(image);
            step(&ResNet18::summary(), options, device, build, forward)
        }
        Architecture::GoogLeNet => {
            let build = || GoogLeNet::build(device);
            let forward = |network: &mut GoogLeNet<f32, D>, image: Picture<224, D>| network.try_train(image);
            step(&GoogLeNet::summary(), options, device, build, forward)
        }
        Architecture::UNet => {
            let build = || UNet::build(device);
            let forward = |network: &mut UNet<f32, D>, image: Picture<128, D>| network.try_train(image);
            step(&UNet::summary(), options, device, build, forward)
        }
    }
}

/// A tensor that records what the gradients need.
type Traced<S, D> = Tensor<S, f32, D, OwnedTape<f32, D>>;

/// Builds a network, runs it on a random image, and computes all gradients.
fn step<D: Backend<f32>, N, X: shapes::ConstShape, Y: shapes::Shape>(
    summary: &Summary,
    options: &Options,
    device: &D,
    build: impl FnOnce() -> Result<N>,
    forward: impl FnOnce(&mut N, Traced<X, D>) -> Result<Traced<Y, D>>,
) -> Outcome {
    if options.summary {
        say!("{summary}");
    }
    say!(
        "{}: {} to {}, {:.1} million parameters, {:.2} billion multiplications",
        summary.name,
        summary.input,
        summary.output,
        summary.costs.parameters as f64 / 1e6,
        summary.costs.macs as f64 / 1e9,
    );
    let mut network = timed(device, "build", build)?;
    let image: Tensor<X, f32, D> = device.sample_normal();
    let output = timed(device, "forward", || forward(&mut network, image.leaky_trace()))?;
    let gradients = timed(device, "backward", || Ok(output.square().mean::<Rank0, _>().try_backward()?))?;
    let largest =
        gradients.get(&image).as_vec().into_iter().fold(0.0, |largest: f32, number| largest.max(number.abs()));
    say!("  the largest gradient of the image: {largest:.2e}");
    Ok(())
}

/// Says how long something takes, until the device is done with it.
fn timed<D: Backend<f32>, T>(device: &D, what: &str, run: impl FnOnce() -> Result<T>) -> Outcome<T> {
    let start = Instant::now();
    let outcome = run()?;
    device.synchronize();
    say!("  {what:<8} {:>6.2} s", start.elapsed().as_secs_f64());
    Ok(outcome)
}
