//! All that generated code may name. Nothing here is for people.

pub use crate::call::{Auto, Call, ConstArgument, Flag, Float, Given, Keyword, key};
pub use crate::error::{Error, Result};
pub use crate::layer::{Activation, Described, EndsInSoftmax, Fixed, Forward, Layer, Place, Trained, Training, recast};
pub use crate::network::{At, Closed, Network, Pair, Row, Sequential, Summary};
pub use crate::ops::Backend;
pub use crate::shape::{
    Dims, Inferred, MOST, Message, Report, Shape, Site, SizedShape, Written, report, report_keyword,
};
pub use dfdx::nn::{BuildModule, BuildOnDevice, ModuleVisitor, TensorCollection};
pub use dfdx::shapes::{Const, Dim, Dtype};
pub use dfdx::tensor::{Cpu, Tape};
pub use dfdx::tensor_ops::Device;
pub use std::clone::Clone;
pub use std::fmt::{Debug, Error as FormatError, Formatter};
pub use std::option::Option::{self, None};
pub use std::primitive::{f32, usize};
pub use std::result::Result::{self as StdResult, Ok};

/// The parts of a declared network: the module of its layer at position `INDEX`, counted from 0.
pub trait Parts<const INDEX: usize> {
    /// The module.
    type Module<E: Dtype, D: Device<E>, R: Training>;
}

/// The module at position `INDEX` of network `N`.
pub type Part<N, const INDEX: usize, E, D, R> = <N as Parts<INDEX>>::Module<E, D, R>;

/// Stops the compiler if a network's input has a dimension of size 0, or more numbers than memory can hold.
#[track_caller]
pub const fn check_input(sizes: &[usize]) {
    match Dims::new(sizes).numel() {
        0 => panic!("`Input` has a dimension of size 0\nhelp: every size is at least 1; the batch is not among them"),
        1..=MOST => {}
        _ => panic!("`Input` holds more numbers than memory can\nhelp: it gives the sizes of one example"),
    }
}

/// A module on a device.
pub fn build<M: BuildModule<D, E>, E: Dtype, D: Backend<E>>(device: &D) -> Result<M> {
    Ok(M::try_build(device)?)
}
