//! Well-known networks. Their parameters have the names and shapes of torchvision's, so torchvision's weights can be
//! loaded.
//!
//! This module requires the feature `zoo`: `shapewright = { version = "…", features = ["zoo"] }`.
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
//! | [`UNet`] | any size divisible by 16 | 31.0 |
//! | [`SmallSSD`], a detector | any size divisible by 8 | 0.2 |
//!
//! All are blocks, without an input: `_: ResNet18` in a network takes the size of the network's images, and has the
//! names of torchvision's `resnet18`. The first generic parameter of each is the number of classes, by default 1,000 as
//! in ImageNet.
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
//! To attach another head, use the *features* of each network, which are the network without its head:
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
//! With weights from PyTorch, and a frozen backbone:
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
//! The blocks that they consist of are in the modules, one for each family of networks.

mod transform_input;

/// One module for each family of networks. Its networks and their features are reexported here.
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
