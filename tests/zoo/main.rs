//! The networks of `shapewright::zoo` are torchvision's: the same tensors under the same names, and with the same numbers
//! in them the same outputs and gradients.
//!
//! What they are compared with is made by `tests/golden/zoo.py`. Images are small, to spare time; those of odd sizes are
//! there for the paddings.

#[path = "../flat/mod.rs"]
#[allow(dead_code)]
mod flat;
mod formula;
mod plan;
mod walk;

use std::collections::BTreeSet;
use std::fs;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use dfdx::nn::TensorCollection;
use dfdx::tensor_ops::SumTo;
use flat::{Flat, eval};
use safetensors::SafeTensors;
use shapewright::prelude::*;
use shapewright::shape::Shape;
use shapewright::zoo::*;

use walk::Walk;

const BATCH: usize = 2;
/// Which of the outputs are compared.
const EVERY: usize = 10;

/// How near all comes to PyTorch's. Both compute in f64: in f32 there are always some numbers on the other side of a
/// ReLU's corner.
const TOLERANCE: f64 = 1e-5;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// The tensors are torchvision's.
fn check_names(name: &str, actual: &BTreeSet<String>) {
    let text = fs::read_to_string(golden("zoo").join(name).with_extension("txt")).unwrap();
    let expected: BTreeSet<String> = text.lines().map(String::from).collect();
    assert!(*actual == expected, "here {:#?}, there {:#?}", actual - &expected, &expected - actual);
}

/// Each pair is equal up to a small share of the largest.
fn check_close(name: &str, actual: &[f64]) {
    let bytes = fs::read(golden("zoo.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let (numbers, _) = file.tensor(name).unwrap().data().as_chunks();
    let expected: Vec<f64> = numbers.iter().map(|number| f64::from(f32::from_le_bytes(*number))).collect();
    let largest = expected.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()));
    assert!(largest > 0.0 && actual.len() >= expected.len(), "{name}: {} numbers", actual.len());
    for (position, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let error = (actual - expected).abs() / largest;
        assert!(
            error <= TOLERANCE,
            "{name}, number {position}: {actual} instead of {expected}, {error:e} of the largest"
        );
    }
}

/// A batch of images.
pub fn images<In: Shape>() -> Flat<f64, Cpu, NoneTape> {
    let length = In::DIMS.numel();
    let numbers: Vec<f64> = formula::numbers("images", &[BATCH * length]).iter().map(|number| 4.0 * number).collect();
    let mut images = Cpu::default().zeros_like(&(BATCH, length));
    images.copy_from(&numbers);
    images
}

/// The tensors are torchvision's.
fn names<N: TensorCollection<f64, Cpu, To<f64, Cpu> = N>>(name: &str, _: &[&str]) {
    check_names(name, &Walk::names::<N>());
}

/// The output and the gradients of those tensors are torchvision's.
fn numbers<N>(name: &str, of: &[&str]) -> Walk
where
    N: Network<Dtype = f64, Device = Cpu> + TensorCollection<f64, Cpu, To<f64, Cpu> = N>,
{
    let (network, walk) = Walk::make::<N>();
    let output = eval(&network, images::<N::Input>().leaky_traced()).unwrap();
    let every: Vec<f64> = output.as_vec().into_iter().step_by(EVERY).collect();
    check_close(&format!("{name}/output"), &every);
    plan::check::<_, f64>(&network, images::<N::Input>(), &output.as_vec(), 1e-10);
    if !of.is_empty() {
        let gradients = backward(output);
        for path in of {
            check_close(&format!("{name}/gradient/{path}"), &walk.gradients[*path](&gradients));
        }
    }
    walk
}

/// The gradients of the sum of all outputs, each with its own weight.
fn backward(output: Flat<f64, Cpu, OwnedTape<f64, Cpu>>) -> Gradients<f64, Cpu> {
    let (rows, columns) = *output.shape();
    let weights: Vec<f64> = formula::uniform("cotangent", rows * columns).collect();
    let mut cotangent = Cpu::default().zeros_like(&(rows, columns));
    cotangent.copy_from(&weights);
    (output * cotangent).sum::<Rank0, _>().backward()
}

/// Tensors, output and gradients are torchvision's.
fn both<N>(name: &str, of: &[&str])
where
    N: Network<Dtype = f64, Device = Cpu> + TensorCollection<f64, Cpu, To<f64, Cpu> = N>,
{
    check_names(name, &numbers::<N>(name, of).lines);
}

/// Runs a test on a large stack: without optimization, building a deep network takes more than the two megabytes of a
/// test's thread.
fn with_room(test: fn()) {
    let thread = thread::Builder::new().stack_size(64 << 20).spawn(test).unwrap();
    thread.join().unwrap_or_else(|panic| resume_unwind(panic));
}

/// A test for each network: what is compared, the test's name, the sizes of an image, the network, how many parameters it
/// has, and the gradients that are compared, if any are.
macro_rules! zoo {
    ($($what:ident $case:ident [$($size:tt)*] ($($network:tt)*) $count:literal $(: $($path:literal),*)?;)*) => {$(
        #[test]
        fn $case() {
            network! { struct Net: Input<$($size)*> { _: $($network)* } }
            const _: () = assert!(Net::PARAMS == $count);
            with_room(|| { $what::<Net<f64>>(stringify!($case), &[$($($path),*)?]); });
        }
    )*};
}

zoo! {
    both lenet5 [1, 28, 28] (LeNet5) 61_706: "conv1.weight", "conv2.bias", "fc3.weight";

    both alexnet [3, 64, 65] (AlexNet) 61_100_840;

    // Most parameters of a VGG are those of its classifier, which is the same in all of them. One is enough.
    names vgg11 [3, 32, 32] (VGG11) 132_863_336;
    names vgg13 [3, 32, 32] (VGG13) 133_047_848;
    names vgg16 [3, 32, 32] (VGG16) 138_357_544;
    names vgg19 [3, 32, 32] (VGG19) 143_667_240;
    both vgg11_bn [3, 32, 33] (VGG11Bn) 132_868_840;
    names vgg13_bn [3, 32, 32] (VGG13Bn) 133_053_736;
    names vgg16_bn [3, 32, 32] (VGG16Bn) 138_365_992;
    names vgg19_bn [3, 32, 32] (VGG19Bn) 143_678_248;
    numbers vgg11_features [3, 33, 32] (VGG11Features) 9_220_480;
    numbers vgg13_features [3, 32, 32] (VGG13Features) 9_404_992;
    numbers vgg16_features [3, 32, 32] (VGG16Features) 14_714_688: "0.weight", "12.bias", "28.weight";
    numbers vgg19_features [3, 32, 32] (VGG19Features) 20_024_384;
    numbers vgg13_bn_features [3, 32, 32] (VGG13BnFeatures) 9_410_880;
    numbers vgg16_bn_features [3, 32, 32] (VGG16BnFeatures) 14_723_136;
    numbers vgg19_bn_features [3, 32, 32] (VGG19BnFeatures) 20_035_392;

    both resnet18 [3, 64, 65] (ResNet18) 11_689_512: "conv1.weight", "layer2.0.downsample.1.bias", "layer4.1.bn2.weight";
    both resnet34 [3, 64, 64] (ResNet34) 21_797_672;
    both resnet50 [3, 64, 64] (ResNet50) 25_557_032: "conv1.weight", "layer3.0.downsample.1.bias", "layer4.2.bn3.weight";
    both resnet101 [3, 64, 64] (ResNet101) 44_549_160;

    both googlenet [3, 71, 64] (GoogLeNet) 6_624_904: "conv1.conv.weight", "inception4c.branch3.1.bn.bias", "fc.bias";
    numbers googlenet_transform_input [3, 33, 32] (GoogLeNet<TRANSFORM_INPUT = true>) 6_624_904;

    both inception_v3 [3, 75, 80] (InceptionV3) 23_834_568: "Conv2d_1a_3x3.conv.weight", "Mixed_6c.branch7x7_2.bn.bias";
    both inception_v3_aux [3, 299, 299] (InceptionV3WithAux) 27_161_264;

    both squeezenet1_0 [3, 64, 67] (SqueezeNet1_0) 1_248_424;
    both squeezenet1_1 [3, 64, 67] (SqueezeNet1_1) 1_235_496: "features.0.weight", "features.11.expand3x3.bias";

    both mobilenet_v2 [3, 64, 65] (MobileNetV2) 3_504_872: "features.0.0.weight", "features.9.conv.1.1.weight";

    both efficientnet_lite0 [3, 65, 65] (EfficientNetLite0) 4_652_008: "conv_stem.weight", "blocks.8.bn1.bias", "fc.bias";

    both densenet121 [3, 64, 65] (DenseNet121) 7_978_856:
        "features.conv0.weight", "features.denseblock3.denselayer20.norm1.bias";

    both unet [3, 32, 48] (UNet) 31_037_698: "down1.conv1.weight", "enlarge3.bias", "up2.bn1.weight", "out.weight";
}
