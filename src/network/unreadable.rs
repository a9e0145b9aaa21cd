//! What stands for a network that `network!` can't read.

use crate::call::Call;
use crate::error::{Error, Result};
use crate::layer::{Context, Described, Forward, HasLogits, Layer, Place, Value};
use crate::ops::Backend;
use crate::parameters::made_of;
use crate::shape::{Dims, Inferred, Shape, Takes};
use dfdx::nn::ZeroSizedModule;
use dfdx::shapes::Dtype;
use dfdx::tensor_ops::Device;
use std::marker::PhantomData;

/// A network whose declaration is wrong, which is reported there and nowhere else: it fits everywhere.
///
/// `REPORTED` stands for the errors.
pub struct Unreadable<const REPORTED: bool, A = (), K = (), R = ()>(PhantomData<fn() -> (A, K, R)>);

impl<const REPORTED: bool> Unreadable<REPORTED> {
    /// Unknown.
    pub const INPUT: Dims = Dims::UNCLEAR;
    /// Unknown.
    pub const OUTPUT: Dims = Dims::UNCLEAR;
    /// Unknown.
    pub const PARAMS: usize = 0;
    /// Unknown.
    pub const MACS: usize = 0;
    /// Unknown.
    pub const ACTIVATIONS: usize = 0;

    /// Never compiles.
    ///
    /// # Errors
    /// Always.
    pub fn build<D>(_device: &D) -> Result<Self> {
        Err(Error::Argument("a network that can't be read".into()))
    }
}

#[diagnostic::do_not_recommend]
impl<const REPORTED: bool, A: 'static, K: 'static, R: 'static> Described for Unreadable<REPORTED, A, K, R> {
    const CALL: Call = Call::undecided();
}

#[diagnostic::do_not_recommend]
impl<const REPORTED: bool, In: Shape, A: 'static, K: 'static, R: 'static> Layer<In> for Unreadable<REPORTED, A, K, R> {
    const INFERRED: Inferred = Inferred::new(Dims::UNCLEAR).takes(Takes::Anything);
    type Module<P: Place, E: Dtype, D: Device<E>> = Self;
}

impl<const REPORTED: bool, In: Shape, E: Dtype, D: Backend<E>, A, K, R> Forward<In, E, D>
    for Unreadable<REPORTED, A, K, R>
{
    fn run(&self, input: Value<E, D>, _: &mut Context<E, D>) -> Result<Value<E, D>> {
        Ok(input)
    }
}

#[diagnostic::do_not_recommend]
impl<const REPORTED: bool, A, K, R, Marker> HasLogits<Marker> for Unreadable<REPORTED, A, K, R> {}

impl<const REPORTED: bool, A, K, R> ZeroSizedModule for Unreadable<REPORTED, A, K, R> {}
made_of! { [const REPORTED: bool, A, K, R,] Unreadable<REPORTED, A, K, R> {} 0 }

impl<const REPORTED: bool, A, K, R> Default for Unreadable<REPORTED, A, K, R> {
    fn default() -> Self {
        Unreadable(PhantomData)
    }
}

impl<const REPORTED: bool, A, K, R> Clone for Unreadable<REPORTED, A, K, R> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<const REPORTED: bool, A, K, R> std::fmt::Debug for Unreadable<REPORTED, A, K, R> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Unreadable")
    }
}
