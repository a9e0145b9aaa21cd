//! All that generated code may name. Nothing here is for people.

pub use crate::call::{
    Argument, Arguments, Auto, Call, ConstArgument, Evaluate, Expression, Flag, Float, Given, Keyword, Keywords, Kind,
    MAX_KEYWORDS, Parameter, ParameterOf, Signature, Value, Word, key,
};
pub use crate::error::{Error, Result};
pub use crate::layer::{
    Context, Described, Fixed, Forward, HasLogits, Inside, Layer, Lazy, Place, Step, Trained, Training, Value as Passed,
};
pub use crate::network::{
    At, BuildsOpenNetworks, Closed, Known, Listed, Network, OutOf, Outputs, Pair, Part as StructurePart, Repeat,
    Repeated, Segment, Sequential, Structure, Summary, TRANSPARENT, Unreadable, build_open,
};
pub use crate::ops::Backend;
pub use crate::ops::choice::taken as kernels_taken;
pub use crate::parameters::{InitialTensor, Parameters, Resized, Walk, WalkMut};
pub use crate::shape::{
    Costs, Dims, Ends, Fed, Inferred, MOST, Message, Report, Reported, Scalar, Shape, Site, SizedShape, Written,
    report, report_arguments, report_keyword, report_outputs,
};
pub use dfdx::nn::{
    BuildModule, BuildOnDevice, ModuleVisitor, ScalarOptions, TensorCollection, TensorOptions, ZeroSizedModule,
};
pub use dfdx::shapes::{Const, ConstShape, Dim, Dtype};
pub use dfdx::tensor::{Cpu, NoneTape, Tape, Tensor};
pub use dfdx::tensor_ops::Device;
pub use std::clone::Clone;
pub use std::convert::Infallible;
pub use std::default::Default;
pub use std::fmt::{Debug, Error as FormatError, Formatter};
pub use std::marker::PhantomData;
pub use std::ops::{Deref, DerefMut};
pub use std::option::Option::{self, None, Some};
pub use std::primitive::{bool, f32, str, usize};
pub use std::result::Result::{self as StdResult, Ok};
pub use std::vec;
pub use std::vec::Vec;

/// The parts of a declared network: the module of its layer at position `INDEX`, counted from 0.
pub trait Parts<const INDEX: usize> {
    /// The module.
    type Module<E: Dtype, D: Device<E>, R: Training>;
}

/// The module at position `INDEX` of network `N`.
pub type Part<N, const INDEX: usize, E, D, R> = <N as Parts<INDEX>>::Module<E, D, R>;

/// Stops the compiler if a network's input has a dimension of size 0, or more elements than memory can hold.
#[track_caller]
pub const fn check_input(sizes: &[usize]) {
    match Dims::new(sizes).numel() {
        0 => panic!("`Input` has a dimension of size 0\nhelp: every size is at least 1; the batch is not among them"),
        1..=MOST => {}
        _ => panic!("`Input` holds more elements than memory can\nhelp: it gives the sizes of one example"),
    }
}

/// A module on a device.
pub fn build<M: Parameters<E, D>, E: Dtype, D: Backend<E>>(device: &D) -> Result<M> {
    Ok(M::try_new(device)?)
}

/// Any call of a block, for what is known of it where it is declared.
pub struct Undecided;

impl Described for Undecided {
    const CALL: Call = Call::undecided();
}

/// What the layers of a list are called with, for the place of such a layer.
pub const NO_CALL: Call = Call::plain("");

/// A parameter with the initial values that `init` gives it.
pub fn parameter<R: Training, S: ConstShape, E: Dtype, D: Device<E>>(
    init: fn(&mut Tensor<S, E, D>) -> StdResult<(), D::Err>,
) -> TensorOptions<S, E, D> {
    let mut options = TensorOptions::reset_with(init);
    options.do_gradient_update = R::TRAINS;
    options
}

/// A tensor that no optimizer changes, with the initial values that `init` gives it.
pub fn buffer<S: ConstShape, E: Dtype, D: Device<E>>(
    init: fn(&mut Tensor<S, E, D>) -> StdResult<(), D::Err>,
) -> TensorOptions<S, E, D> {
    TensorOptions::detached(init)
}

/// A tensor or a module that is there, as it was built.
pub fn built<M>(module: &Option<M>) -> &M {
    module.as_ref().expect("a field that was built with `Some` stays so")
}

/// As [`built`].
pub fn built_mut<M>(module: &mut Option<M>) -> &mut M {
    module.as_mut().expect("a field that was built with `Some` stays so")
}

/// The one that was built, or none.
pub fn first<M>(modules: Vec<M>) -> Option<M> {
    modules.into_iter().next()
}
