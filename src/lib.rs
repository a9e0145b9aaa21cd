//! Neural networks whose shapes are checked by `cargo check`, on stable Rust, running on
//! [dfdx](https://docs.rs/dfdx/0.13.0) tensors.
//!
//! ```
//! use shapewright::prelude::*;
//!
//! network! {
//!     /// Reads handwritten digits.
//!     pub struct Digits: Input<1, 28, 28> {
//!         conv: Conv2d<.., 8, 3>, ReLU, MaxPool2d<2>, Flatten, fc: Linear<.., 10>, Softmax,
//!     }
//! }
//! const _: () = assert!(Digits::PARAMS < 20_000); // a budget, checked by the compiler
//!
//! fn main() -> Result<()> {
//!     let device = Cpu::default();
//!     let digits = Digits::build(&device)?;
//!     let images: Tensor<Rank4<64, 1, 28, 28>, f32, Cpu> = device.sample_normal();
//!     let probabilities: Tensor<Rank2<64, 10>, f32, Cpu> = digits.try_forward(images)?;
//!     println!("{}", Digits::summary());
//!     Ok(())
//! }
//! ```
//!
//! A network that doesn't fit doesn't compile, and the error names the layer, what it expects and what it receives:
//!
//! ```text
//! error[E0080]: evaluation panicked: network `Digits`, layer 5 `Linear<784, 10>`: expects 784 input features, but receives 1352 from [1352]
//!               help: write `Linear<1352, 10>` or `Linear<.., 10>`; [1352] is [8, 13, 13] flattened
//! ```
//!
//! # Where things are
//!
//! | you look for | it is in |
//! |---|---|
//! | how to write a network | [`network!`] |
//! | the layers | [`layers`], one page each |
//! | what a network can do | [`network::Network`] |
//! | fast inference | [`plan`] |
//! | losses | [`loss`] |
//! | boxes, anchors, matching, suppression, average precision | [`detection`] |
//! | optimizers, and learning rates by group | [`optim`] |
//! | data sets and mini-batches | [`data`] |
//! | photographs as input | `images`, with the feature of that name |
//! | the CPU or a GPU | [`device`] |
//! | saving and loading | [`weights`] |
//! | well-known networks | `zoo`, with the feature of that name |
//! | what can go wrong at run time | [`Error`] |
//!
#![doc = include_str!("../docs/architecture.md")]

// So that `network!`, which names the library by its name, works inside of it too.
#[allow(unused_extern_crates)]
extern crate self as shapewright;

pub mod call;
pub mod data;
pub mod detection;
pub mod device;
mod error;
#[cfg(feature = "images")]
pub mod images;
pub mod layer;
#[macro_use]
pub mod layers;
pub mod loss;
pub mod network;
pub mod ops;
pub mod optim;
pub mod parameters;
mod path;
pub mod plan;
pub mod prelude;
#[doc(hidden)]
pub mod private;
pub mod shape;
pub mod shapes;
pub mod weights;
#[cfg(feature = "zoo")]
pub mod zoo;

/// The library whose tensors networks run on, in the version that this one is for: programs need no dependency of their own.
pub use dfdx;
pub use error::{DeviceError, Error, Result};

/// Declares a network whose shapes the compiler checks.
///
/// It takes any delimiter, and an outer `< … >` around the layers may be there or not.
///
/// **As a type**: a list of layers, *open* as it stands, *closed* with an [`Input`](#input) before it. A network is a
/// layer too, so that is how an open one is closed:
/// ```
/// # use shapewright::prelude::*;
/// type Digits = network!(< Conv2d<1, 8, 3>, ReLU, MaxPool2d<2>, Flatten, Linear<.., 10>, Softmax >);
/// type Mnist = network!(Input<1, 28, 28>, Digits);
/// # fn main() -> Result<()> {
/// let mnist = Mnist::build(&Cpu::default())?;
/// # Ok(())
/// # }
/// ```
///
/// **As an item**: a struct with a field for each layer that has a name.
/// ```
/// # use shapewright::prelude::*;
/// const HIDDEN: usize = 128;
///
/// network! {
///     /// Its docs.
///     pub struct Mlp: Input<784> {
///         hidden: Linear<.., HIDDEN>, ReLU, Dropout<0.2>,
///         out: Linear<.., 10>, Softmax,
///     }
/// }
/// # fn main() -> Result<()> {
/// let mlp = Mlp::build(&Cpu::default())?;
/// let weight: &Tensor<Rank2<128, 784>, f32, Cpu> = &mlp.hidden.weight;
/// # Ok(())
/// # }
/// ```
///
/// **As a block**: a struct without an `Input`, with parameters or without. It is a layer, whose sizes follow from where it is
/// used:
/// ```
/// # use shapewright::prelude::*;
/// network! {
///     /// Two 3×3 convolutions around a shortcut.
///     pub struct BasicBlock<const C: usize, const STRIDE: usize = 1> {
///         Residual<
///             [
///                 conv1: Conv2d<.., C, 3, stride = STRIDE, padding = 1, bias = false>, bn1: BatchNorm2d, ReLU,
///                 conv2: Conv2d<.., C, 3, padding = 1, bias = false>, bn2: BatchNorm2d,
///             ],
///             shortcut = [downsample: [Conv2d<.., C, 1, stride = STRIDE, bias = false>, BatchNorm2d]],
///         >,
///         ReLU,
///     }
/// }
/// network! {
///     pub struct TinyResNet: Input<3, 32, 32> {
///         conv1: Conv2d<.., 16, 3, padding = 1, bias = false>, bn1: BatchNorm2d, ReLU,
///         layer1: [BasicBlock<16>] * 3,
///         layer2: BasicBlock<32, STRIDE = 2>,
///         GlobalAvgPool2d,
///         fc: Linear<.., 10>,
///     }
/// }
/// # fn main() -> Result<()> {
/// let net = TinyResNet::build(&Cpu::default())?;
/// let weight = &net.layer1[2].conv1.weight; // in files: layer1.2.conv1.weight
/// let weight: Tensor<Rank4<16, 16, 3, 3>, f32, Cpu> = weight.clone().realize(); // its sizes as numbers
/// assert!(net.layer1[0].downsample.is_none() && net.layer2.downsample.is_some());
/// # Ok(())
/// # }
/// ```
/// Parameters are `usize`, `f64` or `bool`, with defaults or without, given by position or by name; `{ C * 4 }` is an expression over them. A mistake in a
/// block is reported where the block is used, with the line in the block.
///
/// # Lists, repeats and branches
/// - `[a, b]` is a list of layers, which counts as one layer; `features: [a, b]` is a field with fields of its own.
/// - `[a, b] * N` repeats it, each time with parameters of its own, indexed as a slice: `net.layer1[2]`. `N` is any constant. What is
///   repeated keeps its input's shape.
/// - [`Residual`](layers::Residual), [`Concat`](layers::Concat), [`Sum`](layers::Sum), [`Skip`](layers::Skip), [`Split`](layers::Split),
///   [`Parallel`](layers::Parallel), [`Each`](layers::Each), [`Frozen`](layers::Frozen) and [`If`](layers::If) take lists as arguments. Names in those are fields of the network around, `Option`s where the list
///   is given by keyword, for it may have nothing to do.
///
/// # Input
/// `Input<1, 28, 28>` gives the sizes of one example, up to five; the batch is not among them. They are numbers or
/// constants, but not generic parameters of a function, a type or a block around the network: Rust allows none in constants.
///
/// `Input<[usize; 16]>` is sixteen indices, of words for instance, which [`Embedding`](layers::Embedding) looks up; they are given as a
/// tensor of `usize`. `Input<1, 28, 28> + Input<10>` is two inputs, given as a tuple; up to four. A layer that takes one tensor can't
/// be the first behind several: [`Parallel`](layers::Parallel) has a list for each, [`Each`](layers::Each) the same layers for all, and
/// [`Concat`](layers::Concat) and [`Sum`](layers::Sum) without lists join them.
///
/// # Layers and their arguments
/// A layer is `Name<arguments>`, by position and then by name, as in Python:
/// - a number, a constant in scope (`HIDDEN`), or `{ any constant expression }`; by name, a constant may also be an
///   `f64`, an `f32` or a `bool`;
/// - `..`: the size that follows from the input; at the end it may be left out (`BatchNorm2d`);
/// - `(height, width)` where a layer has two of something; `true` and `false`;
/// - a word, as `Same` for TensorFlow's padding: one name, spelt as a type, which needn't be in scope.
///
/// The [`layers`] say which they take; names are PyTorch's. A layer can be any type that implements
/// [`layer::Layer`]; that page says how to write one.
///
/// # Names
/// `conv1: Conv2d<…>` makes a field `conv1`, and `conv1.weight` the name of its parameter in files; a layer without a
/// name has its position there, counted from 0, as in `nn.Sequential`. In type position there are no fields, so no names.
///
/// `_: ResNet18Features` adds no name: the block's names are those of the network around it, in files as in programs. So a block
/// is closed under its own names, `struct Pets: Input<3, 224, 224> { _: ResNet18<37> }`, and one network is another with a
/// layer or two of its own. (Its fields are reached through `Deref`, so a block in a public network has to be public.)
///
/// Parameters are dfdx tensors with their shape in the type: `Tensor<Rank2<128, 784>, f32, Cpu>`. In a block that shape isn't known before
/// the block is used, so its sizes there are types of their own; `weight.clone().realize::<Rank4<16, 16, 3, 3>>()` gives them as numbers.
///
/// # What it makes
/// A closed network has the constants `INPUT`, `OUTPUT`, `PARAMS`, `TRAINABLE`, `MACS` and `ACTIVATIONS` and the functions `build(&device)` and
/// `summary()`. `build` makes `f32`; for `f64`, `device.build_module::<Mlp, f64>()`. What it builds implements [`network::Network`] (`forward`, `logits`, …) and dfdx's
/// `TensorCollection`, so that dfdx's optimizers and all its traits for modules work on it. `struct Mlp` is
/// `Mlp<E = f32, D = Cpu>`: the type of its numbers, and its device. It implements `Clone` and `Debug`.
pub use shapewright_macros::network;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
