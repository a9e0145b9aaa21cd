//! The traits that a layer implements: what it is called with, what it infers and builds, how it runs.
//!
//! A layer is two types. `Conv2d<(…), (…)>` is written in a network and says everything that is known before it
//! runs; its *module* holds the parameters and runs. [`Layer::Module`] leads from the one to the other.
//!
//! # A layer of your own
//!
//! Without parameters a layer is its own module. What it computes is composed of the methods of [`DynTensor`], whose gradients are known, and
//! which run on every device and in [plans](crate::plan):
//! ```
//! use shapewright::layer::*;
//! use shapewright::prelude::*;
//!
//! /// y = x^exponent.
//! #[layer(exponent: float = 2.0)]
//! pub struct Power;
//!
//! impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for Power<A, K> {
//!     const INFERRED: Inferred = Inferred::new(In::DIMS);
//!     type Module<P: Place, E: Dtype, D: Device<E>> = Self;
//! }
//!
//! impl<In: Shape, E: Dtype, D: Backend<E>, A: Arguments, K: Keywords> Forward<In, E, D> for Power<A, K> {
//!     fn run(&self, input: Value<E, D>, _: &mut Context<E, D>) -> Result<Value<E, D>> {
//!         let x = input.shaped(In::DIMS.as_slice())?; // (batch, …)
//!         Ok(x.pow(const { Self::CALL.float(0) })?.into_elements()?.into())
//!     }
//! }
//!
//! # fn main() -> Result<()> {
//! type Net = network!(Input<3>, Power, Power<exponent = 0.25>);
//! let dev = Cpu::default();
//! let y = Net::build(&dev)?.try_forward(dev.tensor([1.0_f32, 4.0, 9.0]))?.array();
//! assert!(y.iter().zip([1.0, 2.0, 3.0]).all(|(y, root)| (y - root).abs() < 1e-5));
//! # Ok(())
//! # }
//! ```
//!
//! With parameters it has a module, whose tensors are typed with the sizes that the layer infers. The module knows its layer,
//! `L`, and so the arguments that it is called with:
//! ```
//! use shapewright::layer::*;
//! use shapewright::prelude::*;
//! use std::marker::PhantomData;
//!
//! /// y = gain ⊙ x / √(mean(x²) + eps), on the last dimension.
//! #[layer(features: size = .., *, eps: float = 1e-5)]
//! pub struct Normalize;
//!
//! /// The positions of the parameters above.
//! const FEATURES: usize = 0;
//! const EPS: usize = 1;
//!
//! impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for Normalize<A, K> {
//!     const INFERRED: Inferred = {
//!         let features = Self::CALL.size_or(FEATURES, In::DIMS.last());
//!         let why = Message::new("expects {} features, but receives {}").number(features).number(In::DIMS.last());
//!         let fit = Help::Size { parameter: "features", size: In::DIMS.last(), follows: true };
//!         let fits = agree(features, In::DIMS.last());
//!         let mistake = if fits { None } else { Some(Mistake::new(why).help(fit)) };
//!         Inferred::new(In::DIMS).parameters(&[features], features).mistake(mistake)
//!     };
//!     type Module<P: Place, E: Dtype, D: Device<E>> = NormalizeModule<Self, P, E, D>;
//! }
//!
//! /// The parameters of a [`Normalize`] layer.
//! #[derive(Clone, Debug, Module)]
//! pub struct NormalizeModule<L: Described, P: Place, E: Dtype, D: Device<E>> {
//!     #[parameter(init = |gain| gain.try_fill_with_ones())]
//!     pub gain: Tensor<(P::Size0,), E, D>,
//!     layer: PhantomData<L>,
//! }
//!
//! impl<In: Shape, L: Described, P: Place, E: Dtype, D: Backend<E>> Forward<In, E, D> for NormalizeModule<L, P, E, D> {
//!     fn run(&self, input: Value<E, D>, _: &mut Context<E, D>) -> Result<Value<E, D>> {
//!         let x = input.shaped(In::DIMS.as_slice())?;
//!         let size = x.square()?.mean(&[-1], true)?.affine(1.0, const { L::CALL.float(EPS) })?.sqrt()?;
//!         Ok(x.div(&size)?.mul(&DynTensor::parameter(&self.gain)?)?.into_elements()?.into())
//!     }
//! }
//!
//! # fn main() -> Result<()> {
//! network! { struct Net: Input<2> { normalize: Normalize, Linear<.., 3>, Normalize<3, eps = 0.001> } }
//! let dev = Cpu::default();
//! let mut net = Net::build(&dev)?;
//! net.normalize.gain = dev.tensor([1.0, 10.0]);
//! assert_eq!(Net::PARAMS, 2 + (6 + 3) + 3);
//! let y = net.try_forward(dev.tensor([3.0, 4.0]))?;
//! let mut session = net.compile::<1>()?.session()?;
//! assert!(session.try_forward(dev.tensor([3.0, 4.0]))?.array().iter().zip(y.array()).all(|(a, b)| (a - b).abs() < 1e-5));
//!
//! type Coarse = network!(Input<2>, Normalize<eps = 3.0>);
//! let y = Coarse::build(&dev)?.try_forward(dev.tensor([-1.0, 1.0]))?; // a mean square of 1
//! assert_eq!(y.array(), [-0.5, 0.5]);
//! # Ok(())
//! # }
//! ```
//! `Normalize<4>` in that place would not compile, and say why: `expects 4 features, but receives 3`.
//!
//! A module of dfdx is wrapped, in `OfDfdx`; `#[module]` marks a field that is a module:
//! ```
//! use shapewright::layer::*;
//! use shapewright::prelude::*;
//! use dfdx::nn::{Module as _, modules::LayerNorm1D};
//!
//! /// dfdx's layer normalization of eight features.
//! #[layer]
//! pub struct Norm8;
//!
//! impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for Norm8<A, K> {
//!     const INFERRED: Inferred = Inferred::new(In::DIMS).parameters(&[], 16);
//!     type Module<P: Place, E: Dtype, D: Device<E>> = Norm8Module<E, D>;
//! }
//!
//! #[derive(Clone, Debug, Module)]
//! pub struct Norm8Module<E: Dtype, D: Device<E>> {
//!     #[module]
//!     norm: OfDfdx<LayerNorm1D<8, E, D>>,
//! }
//!
//! impl<In: Shape, E: Dtype, D: Backend<E>> Forward<In, E, D> for Norm8Module<E, D> {
//!     fn run(&self, input: Value<E, D>, _: &mut Context<E, D>) -> Result<Value<E, D>> {
//!         let input = input.elements()?;
//!         let (batch, numbers) = *input.shape();
//!         let output = self.norm.try_forward(input.try_reshape_like(&(batch, Const::<8>))?)?;
//!         Ok(output.try_reshape_like(&(batch, numbers))?.into())
//!     }
//! }
//!
//! # fn main() -> Result<()> {
//! network! { struct Net: Input<4> { Linear<.., 8>, norm: Norm8 } }
//! let dev = Cpu::default();
//! let y: Tensor<Rank1<8>, f32, Cpu> = Net::build(&dev)?.try_forward(dev.tensor([1.0, 2.0, 3.0, 4.0]))?;
//! # Ok(())
//! # }
//! ```
//!
//! # The parameters of a layer
//!
//! `#[layer(…)]` declares them as Python would: `name: kind` is required, `name: kind = default` isn't; what comes before a
//! lone `*` may be given by position too, what comes behind it by name only; `*lists: layers` in front stands for any
//! number of arguments. The kinds are those of [`Kind`](crate::call::Kind): `size`, `sizes`, `count`, `dimension`,
//! `padding`, `float`, `flag`, `word(One | Other)`, `layers`. A size whose default is `..` follows from the input. Words needn't
//! be declared elsewhere; they are spelt as types are, so that they differ from constants.
//!
//! The rule and the module read them from [`CALL`](Described::CALL), by their position and the [method](crate::call::Call) of
//! their kind. In a constant, which a rule is and `const { … }` makes of what stands in a module, a position that isn't there
//! or a parameter of another kind is an error of the compiler; elsewhere it is a panic.
//!
//! `#[derive(Module)]` says what the fields of a module hold: `#[parameter(init = …)]` is a tensor that trains, `#[buffer(init = …)]` one
//! that doesn't, both with `if = condition` where the field is an `Option`; a parameter whose sizes in files aren't those of its type has `sizes = &[…]`; `#[scalar]` a number, 0 at first; `#[module]` is a module inside; all others get
//! their `Default`. The last two parameters of the `struct` are its dtype and its device, and a [`Place`] gives the sizes.

mod context;
mod place;
mod states;
mod structure;
mod value;
pub mod window;

pub(crate) use context::enter;
pub use context::{Context, Step};
pub use place::{Fixed, Inside, Lazy, LazySize, Place, Trained, Training};
pub use states::States;
pub use structure::{Part, Segment, Structure};
pub use value::{Activation, Indices, Value};

use crate::call::{Call, MAX_KEYWORDS};
use crate::error::{Error, Result};
use crate::ops::Backend;

use dfdx::nn::BuildModule;
use dfdx::shapes::Dtype;
use dfdx::tensor_ops::Device;
use std::fmt::Debug;

pub use crate::call::{Arguments, Described, Keywords};
pub use crate::ops::{DynTensor, OptionalTape};
pub use crate::parameters::{AnyTensor, OfDfdx, Parameters};
pub use crate::shape::{Dims, Fed, Help, Inferred, Kind, Message, Mistake, Shape, Takes, agree};
pub use dfdx::shapes::ConstDim;
pub use dfdx::tensor_ops::{BroadcastTo, ReshapeTo, TryAdd, TryDiv, TryMul, TrySub};
pub use shapewright_macros::{Module, layer};

/// What a layer makes of an input of shape `In`.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a layer", label = "not a layer")]
pub trait Layer<In: Shape>: Described {
    /// The output, the mistakes, the parameters' sizes and counts.
    const INFERRED: Inferred;

    /// The layers that it is made of.
    const STRUCTURE: Structure = Structure::Layer;

    /// What it is called with.
    #[doc(hidden)]
    const CALLED: &'static Call = &Self::CALL;

    /// Which of the lists given by keyword run, in the order in which they are given, for a layer that is made of lists.
    ///
    /// One that doesn't run, as a shortcut where the sizes stay the same, has no parameters.
    const RUNS: [bool; MAX_KEYWORDS] = [true; MAX_KEYWORDS];

    /// Whether the layers in its lists train, where it stands among layers that do.
    const TRAINS: bool = true;

    /// What its lists by position receive.
    const FED: Fed = Fed::Input;

    /// Makes one value of the outputs of those of the lists that run, by position and then by keyword. A layer that is made of
    /// lists, as `Residual` and `Concat`, implements it.
    ///
    /// # Errors
    /// If the device fails.
    fn join<E: Dtype, D: Backend<E>>(input: Value<E, D>, outputs: Vec<Value<E, D>>) -> Result<Value<E, D>> {
        drop((input, outputs));
        Err(Error::Argument(format!("{} is not made of lists of layers", Self::CALL.signature.layer)))
    }

    /// What holds the parameters and runs. It implements [`Forward`] too, on every device that is a [`Backend`].
    type Module<P: Place, E: Dtype, D: Device<E>>: BuildModule<D, E> + Parameters<E, D> + Clone + Debug;
}

/// How a module runs behind a shape `In`.
///
/// It receives a batch of `In`, and gives a batch of what its layer inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not run on `{D}` with `{E}`",
    note = "a layer's module implements `shapewright::layer::Forward` for every device that is a `Backend`"
)]
pub trait Forward<In: Shape, E: Dtype, D: Backend<E>> {
    /// The output for a batch. The context says whether it is computed in training, and takes what changes then.
    ///
    /// # Errors
    /// If the device fails, or the input isn't one that the layer can compute with.
    fn run(&self, input: Value<E, D>, context: &mut Context<E, D>) -> Result<Value<E, D>>;
}

/// What layers and networks implement that are, or end in, `Softmax` or `LogSoftmax`.
///
/// (`Marker` is any type; it lets generated code ask the question where the answer may be no.)
#[doc(hidden)]
pub trait HasLogits<Marker> {}
