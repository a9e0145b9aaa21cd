//! Well-known networks, with the parameters and the names of torchvision's: what is saved there is loaded here.
//!
//! This module is there with the feature `zoo`: `shapewright = { version = "…", features = ["zoo"] }`.
//!
//! | networks | for images of | parameters, in millions |
//! |---|---|---|
//! | [`LeNet5`] | 28 × 28, one channel | 0.06 |
//! | [`AlexNet`] | 224 × 224 | 61.1 |
//! | [`VGG11`], [`VGG13`], [`VGG16`], [`VGG19`] and `…Bn`, with batch normalization | 224 × 224 | 132.9 to 143.7 |
//! | [`ResNet18`], [`ResNet34`], [`ResNet50`], [`ResNet101`] | 224 × 224 | 11.7, 21.8, 25.6, 44.5 |
//! | [`GoogLeNet`] | 224 × 224 | 6.6 |
//! | [`InceptionV3`], [`InceptionV3WithAux`] | 299 × 299 | 23.8, 27.2 |
//! | [`SqueezeNet1_0`], [`SqueezeNet1_1`] | 224 × 224 | 1.2 |
//! | [`MobileNetV2`] | 224 × 224 | 3.5 |
//! | [`EfficientNetLite0`] | 224 × 224 | 4.7 |
//! | [`DenseNet121`] | 224 × 224 | 8.0 |
//! | [`UNet`] | any, 16 divides their sizes | 31.0 |
//! | [`SmallSSD`], which finds things | any, 8 divides their sizes | 0.2 |
//!
//! All are blocks, without an input: `_: ResNet18` in a network of yours takes the sizes of your images and has the names
//! of torchvision's `resnet18`. The first parameter of each is how many classes it tells apart, 1,000 as in ImageNet
//! unless you say otherwise.
//!
//! ```
//! use shapewright::{prelude::*, zoo::ResNet18};
//!
//! network! {
//!     /// Tells 37 breeds of cats and dogs apart.
//!     pub struct Pets: Input<3, 224, 224> { _: ResNet18<37> }
//! }
//! const _: () = assert!(Pets::PARAMS == 11_195_493);
//! ```
//!
//! For a head of your own there are the *features* of each, all but what makes classes of them:
//!
//! ```
//! use shapewright::{prelude::*, zoo::MobileNetV2Features};
//!
//! network! {
//!     pub struct Angle: Input<3, 96, 96> {
//!         features: MobileNetV2Features,
//!         GlobalAvgPool2d, head: Linear<.., 2>, Tanh,
//!     }
//! }
//! ```
//!
//! With weights that PyTorch trained, and a backbone that stays as it is:
//!
//! ```no_run
//! # #[cfg(feature = "images")] {
//! use shapewright::{images::{self, Preprocess}, prelude::*, weights, zoo::ResNet18Features};
//!
//! network! {
//!     /// Tells 37 breeds apart.
//!     pub struct Pets: Input<3, 224, 224> {
//!         Frozen<[_: ResNet18Features]>, GlobalAvgPool2d, head: Linear<.., 37>, Softmax,
//!     }
//! }
//! const _: () = assert!(Pets::TRAINABLE == 512 * 37 + 37);
//!
//! # fn main() -> Result<()> {
//! let device = Cpu::default();
//! let mut pets = Pets::build(&device)?;
//! println!("{}", weights::open("resnet18-f37072fd.pth")?.ignore("fc.*").ignore("head.*").load(&mut pets)?);
//! let photo: Tensor<Rank3<3, 224, 224>, f32, Cpu> = Preprocess::imagenet().apply(&images::open("cat.jpg")?, &device)?;
//! println!("{:?}", pets.try_forward(photo)?.array());
//! # Ok(())
//! # }
//! # }
//! ```
//!
//! The blocks that they are made of are in the modules, one a family.

mod transform_input;

/// One module a family; its networks, and all but the head of them, are here too.
macro_rules! index {
    ($($module:ident: $($network:ident)*;)*) => {$(
        pub mod $module;
        #[doc(no_inline)]
        pub use $module::{$($network),*};
    )*};
}

index! {
    alexnet: AlexNet AlexNetFeatures;
    densenet: DenseNet121 DenseNet121Features;
    detector: SmallSSD SmallSSDFeatures;
    efficientnet_lite: EfficientNetLite0 EfficientNetLite0Features;
    googlenet: GoogLeNet GoogLeNetFeatures;
    inception: InceptionV3 InceptionV3Features InceptionV3WithAux;
    lenet: LeNet5;
    mobilenet: MobileNetV2 MobileNetV2Features;
    resnet: ResNet18 ResNet18Features ResNet34 ResNet34Features ResNet50 ResNet50Features ResNet101 ResNet101Features;
    squeezenet: SqueezeNet1_0 SqueezeNet1_0Features SqueezeNet1_1 SqueezeNet1_1Features;
    unet: UNet UNetFeatures;
    vgg: VGG11 VGG11Features VGG13 VGG13Features VGG16 VGG16Features VGG19 VGG19Features
        VGG11Bn VGG11BnFeatures VGG13Bn VGG13BnFeatures VGG16Bn VGG16BnFeatures VGG19Bn VGG19BnFeatures;
}

pub use transform_input::TransformInput;
