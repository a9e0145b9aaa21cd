//! The networks to choose from.

use std::path::Path;

use clap::ValueEnum;
use shapewright::{
    images::{Interpolation, Preprocess, RgbImage},
    prelude::*,
    weights::{self, keys},
    zoo,
};

use crate::command_line::{Outcome, say};

/// What the numbers in a file are called.
type Names = fn(&str) -> String;

const IMAGENET: Preprocess = Preprocess::imagenet();
/// As TensorFlow prepared the images that EfficientNet-Lite learned from.
const LITE: Preprocess = Preprocess {
    resize: 256,
    interpolation: Interpolation::Bicubic,
    mean: [127.0 / 255.0; 3],
    std: [128.0 / 255.0; 3],
};

/// Each network with its name, the size of its images, what they go through before, and the names in its files.
macro_rules! models {
    ($($model:ident $name:literal $network:ident $size:tt $preprocess:ident $names:expr;)*) => {
        #[derive(Clone, Copy, ValueEnum)]
        pub enum Model {
            $(#[value(name = $name)] $model,)*
        }

        $(network! {
            struct $model: Input<3, $size, $size> { _: zoo::$network }
        })*

        impl Model {
            /// The probability of each of ImageNet's classes.
            pub fn classify<D: Backend<f32>>(
                self,
                photo: &RgbImage,
                weights: Option<&Path>,
                device: &D,
            ) -> Outcome<Vec<f32>> {
                match self {
                    $(Model::$model => {
                        let mut network = $model::build(device)?;
                        if let Some(path) = weights {
                            let names: Names = $names;
                            say!("{}: {}", path.display(), load(&mut network, path, names)?);
                        }
                        let input: Tensor<Rank3<3, $size, $size>, f32, D> = $preprocess.apply(photo, device)?;
                        Ok(network.try_forward(input)?.softmax().as_vec())
                    })*
                }
            }
        }
    };
}

// Others of the zoo are a line each, and half a minute of the compiler's time.
models! {
    AlexNet "alexnet" AlexNet 224 IMAGENET str::to_owned;
    Vgg16 "vgg16" VGG16 224 IMAGENET str::to_owned;
    ResNet18 "resnet18" ResNet18 224 IMAGENET str::to_owned;
    ResNet50 "resnet50" ResNet50 224 IMAGENET str::to_owned;
    SqueezeNet "squeezenet1_1" SqueezeNet1_1 224 IMAGENET str::to_owned;
    MobileNetV2 "mobilenet_v2" MobileNetV2 224 IMAGENET str::to_owned;
    EfficientNetLite0 "efficientnet_lite0" EfficientNetLite0 224 LITE keys::efficientnet_lite;
}

/// Loads all of a network, or says why not.
fn load<D: Backend<f32>, N>(network: &mut N, path: &Path, names: Names) -> shapewright::Result<weights::Loaded>
where
    N: Network<Dtype = f32, Device = D>,
{
    weights::open(path)?.rename(names).load(network)
}
