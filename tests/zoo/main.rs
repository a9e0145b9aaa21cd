//! The networks of `shapewright::zoo` are torchvision's: the same tensors under the same names, and with the same numbers
//! in them the same outputs and gradients.
//!
//! What they are compared with is made by `tests/golden/zoo.py`. Images are small, to spare time; those of odd sizes are
//! there for the paddings.

mod formula;
mod walk;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dfdx::nn::TensorCollection;
use dfdx::tensor_ops::SumTo;
use safetensors::SafeTensors;
use shapewright::layer::{Activation, Forward};
use shapewright::prelude::*;
use shapewright::shape::Shape;
use shapewright::zoo::*;

use walk::Walk;

const BATCH: usize = 2;
/// Which of the outputs are compared.
const EVERY: usize = 10;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// The tensors are torchvision's.
fn check_names(name: &str, actual: &BTreeSet<String>) {
    let text = fs::read_to_string(golden("zoo").join(name).with_extension("txt")).unwrap();
    let expected: BTreeSet<String> = text.lines().map(String::from).collect();
    assert!(*actual == expected, "here {:#?}, there {:#?}", actual - &expected, &expected - actual);
}

/// Each pair is equal up to a ten-thousandth of the largest.
fn check_close(name: &str, actual: &[f32]) {
    let bytes = fs::read(golden("zoo.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let (numbers, _) = file.tensor(name).unwrap().data().as_chunks();
    let expected: Vec<f32> = numbers.iter().map(|number| f32::from_le_bytes(*number)).collect();
    let largest = expected.iter().fold(0.0, |largest: f32, number| largest.max(number.abs()));
    assert!(largest > 0.0 && actual.len() >= expected.len(), "{name}: {} numbers", actual.len());
    for (position, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let error = (actual - expected).abs() / largest;
        assert!(error <= 1e-4, "{name}, number {position}: {actual} instead of {expected}, {error:e} of the largest");
    }
}

/// A batch of images.
fn images<In: Shape>() -> Activation<f32, Cpu, NoneTape> {
    let length = In::DIMS.numel();
    let numbers: Vec<f32> = formula::numbers("images", &[BATCH * length]).iter().map(|number| 4.0 * number).collect();
    let mut images = Cpu::default().zeros_like(&(BATCH, length));
    images.copy_from(&numbers);
    images
}

/// The tensors are torchvision's.
fn names<In, N: TensorCollection<f32, Cpu, To<f32, Cpu> = N>>(name: &str, _: &[&str]) {
    check_names(name, &Walk::names::<N>());
}

/// The output and the gradients of those tensors are torchvision's.
fn numbers<In: Shape, N>(name: &str, of: &[&str]) -> Walk
where
    N: TensorCollection<f32, Cpu, To<f32, Cpu> = N> + Forward<In, f32, Cpu>,
{
    let (network, walk) = Walk::make::<N>();
    let output = network.eval(images::<In>().leaky_traced()).unwrap();
    let every: Vec<f32> = output.as_vec().into_iter().step_by(EVERY).collect();
    check_close(&format!("{name}/output"), &every);
    if !of.is_empty() {
        let gradients = backward(output);
        for path in of {
            check_close(&format!("{name}/gradient/{path}"), &walk.gradients[*path](&gradients));
        }
    }
    walk
}

/// The gradients of the sum of all outputs, each with its own weight.
fn backward(output: Activation<f32, Cpu, OwnedTape<f32, Cpu>>) -> Gradients<f32, Cpu> {
    let (rows, columns) = *output.shape();
    let weights: Vec<f32> = formula::uniform("cotangent", rows * columns).map(|number| number as f32).collect();
    let mut cotangent = Cpu::default().zeros_like(&(rows, columns));
    cotangent.copy_from(&weights);
    (output * cotangent).sum::<Rank0, _>().backward()
}

/// Tensors, output and gradients are torchvision's.
fn both<In: Shape, N>(name: &str, of: &[&str])
where
    N: TensorCollection<f32, Cpu, To<f32, Cpu> = N> + Forward<In, f32, Cpu>,
{
    check_names(name, &numbers::<In, N>(name, of).lines);
}

/// A test for each network: what is compared, the test's name, the sizes of an image, the network, how many parameters it
/// has, and the gradients that are compared, if any are.
macro_rules! zoo {
    ($($what:ident $case:ident [$($size:tt)*] ($($network:tt)*) $count:literal $(: $($path:literal),*)?;)*) => {$(
        #[test]
        fn $case() {
            network! { struct Net: Input<$($size)*> { _: $($network)* } }
            const _: () = assert!(Net::PARAMS == $count);
            $what::<<Net as Network>::Input, Net>(stringify!($case), &[$($($path),*)?]);
        }
    )*};
}

zoo! {
    both lenet5 [1, 28, 28] (LeNet5) 61_706: "conv1.weight", "conv2.bias", "fc3.weight";

    both resnet18 [3, 64, 65] (ResNet18) 11_689_512: "conv1.weight", "layer2.0.downsample.1.bias", "layer4.1.bn2.weight";
    both squeezenet1_1 [3, 64, 67] (SqueezeNet1_1) 1_235_496: "features.0.weight", "features.11.expand3x3.bias";

    both mobilenet_v2 [3, 64, 65] (MobileNetV2) 3_504_872: "features.0.0.weight", "features.9.conv.1.1.weight";
}
