//! A layer or a network, so many times: what `benches/launches.sh` counts the kernel launches of.
//!
//! `CASE forward|step TIMES`: `forward` is evaluation, `step` is training. For a layer that is forward, and back from the
//! sum of its outputs; for a network, forward, the loss, back, and the optimizer. `list` prints the cases.

use std::{env, process::ExitCode};

use dfdx::tensor_ops::SumTo;
use shapewright::{optim, prelude::*, zoo};

network! {
    struct Mission: Input<1, 28, 28> { Conv2d<1, 8, 3>, ReLU, MaxPool2d<2>, Flatten, Linear<.., 10>, Softmax }
}
network! {
    struct ResNet18: Input<3, 32, 32> { _: zoo::ResNet18<10>, LogSoftmax }
}

/// A function for each case, by its name.
macro_rules! cases {
    (
        $($layer:literal [$($size:literal),+] ($($declared:tt)+);)+
        $(network $network:literal [$($sizes:literal),+] $type:ident $optimizer:ident $config:ident;)+
    ) => {
        const CASES: &[&str] = &[$($layer,)+ $($network),+];

        fn run(case: &str, trains: bool, times: usize) -> Result<()> {
            let device = AutoDevice::default();
            match case {
                $($layer => {
                    type Layer = network!(Input<$($size),+>, $($declared)+);
                    let mut layer = Layer::build(&device)?;
                    let input: Tensor<(Const<2>, $(Const<$size>),+), f32, AutoDevice> = device.sample_normal();
                    for _ in 0..times {
                        if trains {
                            let output = layer.try_train(input.leaky_trace())?;
                            output.try_sum::<Rank0, _>()?.try_backward()?;
                        } else {
                            layer.try_forward(input.clone())?;
                        }
                    }
                })+
                $($network => {
                    let mut network = $type::build(&device)?;
                    let images: Tensor<(Const<2>, $(Const<$sizes>),+), f32, AutoDevice> = device.sample_normal();
                    let mut optimizer = $optimizer::new(&network, $config::default());
                    let mut gradients = network.alloc_grads();
                    for _ in 0..times {
                        if trains {
                            let logits = network.try_train_logits(images.clone().traced(gradients))?;
                            let loss = CrossEntropyLoss::default().try_forward(logits, &[1, 2][..])?;
                            gradients = optim::step(&mut network, &mut optimizer, loss)?;
                        } else {
                            network.try_logits(images.clone())?;
                        }
                    }
                })+
                _ => return Err(Error::Argument(format!("there is no case `{case}`"))),
            }
            Ok(())
        }
    };
}

cases! {
    "nothing" [4, 8, 8] (Flatten);
    "Conv2d, 3×3" [4, 8, 8] (Conv2d<.., 4, 3, padding = 1>);
    "Conv2d, 1×1, no bias" [4, 8, 8] (Conv2d<.., 4, 1, bias = false>);
    "ConvTranspose2d" [4, 8, 8] (ConvTranspose2d<.., 4, 2, stride = 2>);
    "Linear" [4] (Linear<.., 4>);
    "BatchNorm2d" [4, 8, 8] (BatchNorm2d);
    "MaxPool2d" [4, 8, 8] (MaxPool2d<2>);
    "AvgPool2d" [4, 8, 8] (AvgPool2d<2>);
    "GlobalAvgPool2d" [4, 8, 8] (GlobalAvgPool2d);
    "Upsample" [4, 8, 8] (Upsample<2>);
    "LocalResponseNorm" [4, 8, 8] (LocalResponseNorm<3>);
    "ReLU" [4] (ReLU);
    "LeakyReLU" [4] (LeakyReLU);
    "GELU" [4] (GELU);
    "SiLU" [4] (SiLU);
    "Sigmoid" [4] (Sigmoid);
    "Tanh" [4] (Tanh);
    "Hardswish" [4] (Hardswish);
    "Softmax" [4] (Softmax);
    "Dropout" [4] (Dropout<0.5>);
    network "the mission's network, with Adam" [1, 28, 28] Mission Adam AdamConfig;
    network "ResNet-18, with SGD" [3, 32, 32] ResNet18 Sgd SgdConfig;
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => {
            CASES.iter().for_each(|case| println!("{case}"));
            Ok(())
        }
        [case, what @ ("forward" | "step"), times] => match times.parse() {
            Ok(times) => run(case, what == "step", times),
            Err(_) => Err(Error::Argument(format!("`{times}` is not a number of times"))),
        },
        _ => Err(Error::Argument("expected `list` or `CASE forward|step TIMES`".into())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
