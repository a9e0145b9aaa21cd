//! Well-known architectures are torchvision's: their blocks compute the same, their tensors have the same names.
//!
//! The blocks run with few channels; of the whole networks nothing runs but what the compiler computes. How many parameters
//! each has is asserted where it is declared.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::flat::train;
use shapewright::network::Summary;
use shapewright::prelude::*;

use crate::golden::{Golden, check};

#[path = "../../examples/architectures/googlenet.rs"]
mod googlenet;
#[path = "../../benches/compile_time/inception_v3.rs"]
mod inception_v3;
#[path = "../../examples/architectures/resnet18.rs"]
mod resnet18;
#[path = "../../benches/compile_time/resnet50.rs"]
mod resnet50;
#[path = "../../examples/architectures/unet.rs"]
mod unet;

mod blocks {
    use super::googlenet::Inception;
    use super::resnet18::BasicBlock;
    use super::resnet50::Bottleneck;
    use super::unet::DoubleConv;
    use super::*;

    network! { struct BasicBlocks: Input<3, 6, 5> { same: BasicBlock<3>, smaller: BasicBlock<4, STRIDE = 2> } }

    network! {
        struct Bottlenecks: Input<3, 5, 6> { wider: Bottleneck<1>, same: Bottleneck<1>, smaller: Bottleneck<2, STRIDE = 2> }
    }

    network! { struct Inceptions: Input<3, 4, 5> { inception: Inception<2, 1, 3, 2, 1, 2> } }

    network! {
        struct UNet: Input<2, 8, 4> {
            down1: DoubleConv<2>,
            Skip<[
                MaxPool2d<2>, down2: DoubleConv<3>,
                Skip<[MaxPool2d<2>, bottom: DoubleConv<4>, enlarge2: ConvTranspose2d<.., 3, 2, stride = 2>]>,
                up2: DoubleConv<3>, enlarge1: ConvTranspose2d<.., 2, 2, stride = 2>,
            ]>,
            up1: DoubleConv<2>,
            out: Conv2d<.., 2, 1>,
        }
    }

    /// Outputs, gradients, statistics and names.
    macro_rules! like_pytorch {
        ($($case:ident $network:ident;)*) => {$(
            #[test]
            fn $case() {
                let network = AutoDevice::default().build_module::<$network, f64>();
                check(&Golden::read("architectures", stringify!($case)), network, 1e-10, train);
            }
        )*};
    }

    like_pytorch! {
        basic_blocks BasicBlocks;
        bottlenecks Bottlenecks;
        inception Inceptions;
        unet UNet;
    }
}

mod whole {
    use super::googlenet::GoogLeNet;
    use super::inception_v3::InceptionV3;
    use super::resnet18::ResNet18;
    use super::resnet50::ResNet50;
    use super::unet::UNet;
    use super::*;

    /// The layers that have tensors, as torchvision's names tell: path, and how many numbers train.
    fn expected(name: &str) -> BTreeSet<(String, usize)> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name).with_extension("txt");
        let mut layers = BTreeMap::<String, usize>::new();
        for line in fs::read_to_string(path).unwrap().lines() {
            let [tensor, numbers, trains] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let (layer, _) = tensor.rsplit_once('.').unwrap();
            *layers.entry(layer.into()).or_default() += if trains == "trains" { numbers.parse().unwrap() } else { 0 };
        }
        layers.into_iter().collect()
    }

    /// The layers that have tensors and are made of no others, as the summary tells.
    fn layers(summary: &Summary) -> BTreeSet<(String, usize)> {
        let inside =
            |index: usize| summary.rows.get(index + 1).is_some_and(|next| next.depth > summary.rows[index].depth);
        let rows = summary.rows.iter().enumerate();
        let rows = rows.filter(|(index, row)| row.parameters > 0 && !inside(*index));
        rows.map(|(_, row)| (row.path.clone(), row.parameters)).collect()
    }

    macro_rules! names {
        ($($case:ident $network:ident;)*) => {$(
            #[test]
            fn $case() {
                let (actual, expected) = (layers(&$network::summary()), expected(stringify!($case)));
                assert!(actual == expected, "here {:?}, there {:?}", &actual - &expected, &expected - &actual);
            }
        )*};
    }

    names! {
        resnet18 ResNet18;
        resnet50 ResNet50;
        googlenet GoogLeNet;
        inception_v3 InceptionV3;
        unet UNet;
    }
}
