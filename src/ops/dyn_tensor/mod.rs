//! Tensors whose sizes are known at run time.

mod elementwise;
mod products;
mod shape;

use std::fmt::{Debug, Formatter};

use dfdx::prelude::{Dtype, HasShape, PutTape, SplitTape, Tensor};

use super::activation::{Affine, Function};
use super::run::Flat;
use super::shared_tape::SharedTape;
use super::sizes::product;
use super::{Backend, Operation, OptionalTape};
use crate::error::{Error, Result};
use crate::parameters::{ParameterTensor, each_rank};

/// A tensor whose sizes are known at run time, for layers of your own: what its methods compute has gradients, runs on every device,
/// and is compiled by [plans](crate::plan).
///
/// The methods take tensors by reference, so that each may be used several times. Axes are counted from 0, or from the end: −1 is the
/// last one.
///
/// ```
/// use shapewright::ops::DynTensor;
/// use shapewright::layer::*;
/// use shapewright::prelude::*;
///
/// /// Each example, scaled to the length 1.
/// #[layer]
/// pub struct Normalized;
///
/// impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for Normalized<A, K> {
///     const INFERRED: Inferred = Inferred::new(In::DIMS);
///     type Module<P: Place, E: Dtype, D: Device<E>> = Self;
/// }
///
/// impl<In: Shape, E: Dtype, D: Backend<E>, A: Arguments, K: Keywords> Forward<In, E, D> for Normalized<A, K> {
///     fn run(&self, input: Value<E, D>, _: &mut Context<E, D>) -> Result<Value<E, D>> {
///         let x = input.shaped(&[In::DIMS.numel()])?;
///         let length = x.square()?.sum(&[-1], true)?.sqrt()?;
///         Ok(x.div(&length)?.into_elements()?.into())
///     }
/// }
///
/// # fn main() -> Result<()> {
/// type Net = network!(Input<2>, Normalized);
/// let dev = Cpu::default();
/// assert_eq!(Net::build(&dev)?.try_forward(dev.tensor([3.0, 4.0]))?.array(), [0.6, 0.8]);
/// let mut session = Net::build(&dev)?.compile::<1>()?.session()?;
/// assert_eq!(session.try_forward(dev.tensor([3.0, 4.0]))?.array(), [0.6, 0.8]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct DynTensor<E: Dtype, D: Backend<E>> {
    elements: Tensor<(usize, usize), E, D>,
    sizes: Vec<usize>,
    tape: SharedTape<E, D>,
}

impl<E: Dtype, D: Backend<E>> Debug for DynTensor<E, D> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("DynTensor").field("sizes", &self.sizes).finish_non_exhaustive()
    }
}

fn wrong<T>(why: String) -> Result<T> {
    Err(Error::Argument(why))
}

/// An axis that may be counted from the end.
fn axis(axis: isize, sizes: &[usize]) -> Result<usize> {
    let counted = if axis < 0 { axis.checked_add_unsigned(sizes.len()) } else { Some(axis) };
    match counted.and_then(|axis| usize::try_from(axis).ok()).filter(|&axis| axis < sizes.len()) {
        Some(axis) => Ok(axis),
        None => wrong(format!("there is no axis {axis} in a tensor of {sizes:?}")),
    }
}

impl<E: Dtype, D: Backend<E>> DynTensor<E, D> {
    fn of(tensor: Flat<E, D>, sizes: Vec<usize>) -> Self {
        let (elements, tape) = tensor.split_tape();
        DynTensor { elements, sizes, tape: SharedTape::new(tape) }
    }

    /// The elements of a batch, in these sizes, of which the first is usually the batch.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are more or fewer elements.
    pub fn new(elements: Flat<E, D>, sizes: &[usize]) -> Result<Self> {
        let (batch, length) = *elements.shape();
        if product(sizes) != Some(batch * length) {
            return wrong(format!("{} elements can't have the sizes {sizes:?}", batch * length));
        }
        Ok(Self::of(elements, sizes.to_vec()))
    }

    /// A parameter of a module.
    ///
    /// # Errors
    /// If the device fails.
    pub fn parameter(parameter: &dyn ParameterTensor<E, D>) -> Result<Self> {
        let sizes = parameter.sizes();
        let elements = each_rank!(parameter.share(), tensor => D::try_parameter(&tensor)?);
        Ok(Self::of(elements, sizes))
    }

    /// Elements that are the same whatever the input is. (A [plan](crate::plan) keeps what they are when it is compiled.)
    ///
    /// # Errors
    /// [`Error::Argument`] if there are more or fewer elements than the sizes say; and if the device fails.
    pub fn constant(device: &D, elements: &[E], sizes: &[usize]) -> Result<Self> {
        if product(sizes) != Some(elements.len()) {
            return wrong(format!("{} elements can't have the sizes {sizes:?}", elements.len()));
        }
        let tensor = device.try_upload(elements, (1, elements.len()))?;
        D::constant(&tensor);
        Ok(Self::of(tensor.put_tape(OptionalTape::empty(true)), sizes.to_vec()))
    }

    /// The sizes.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The number of elements.
    pub fn numel(&self) -> usize {
        self.sizes.iter().product()
    }

    /// The device.
    pub fn device(&self) -> &D {
        self.elements.device()
    }

    /// The elements of a batch, as layers pass them on: the first size is the batch. What was recorded goes with it.
    ///
    /// # Errors
    /// If the device fails.
    pub fn into_elements(self) -> Result<Flat<E, D>> {
        let batch = self.sizes.first().copied().unwrap_or(1);
        let shape = (batch, self.sizes.iter().skip(1).product());
        Ok(D::try_shaped(self.elements.put_tape(self.tape.take()), &shape)?)
    }

    /// The same elements without what was recorded: they are constants for the backward pass.
    ///
    /// # Errors
    /// If the device fails.
    pub fn detach(&self) -> Result<Self> {
        // A tensor of its own: gradients are found by the identity of a tensor, which clones share.
        let elements = self.elements.clone().put_tape(OptionalTape::empty(false));
        let copy = Function::from(Affine { scale: 1.0, offset: 0.0 });
        let (elements, _) = D::try_operation(copy.into(), vec![elements], self.numel())?.split_tape();
        Ok(DynTensor { elements, sizes: self.sizes.clone(), tape: SharedTape::new(OptionalTape::empty(true)) })
    }

    /// Runs an operation on some tensors, the first of which is this one.
    fn run(&self, operation: Operation, others: &[&Self], sizes: Vec<usize>) -> Result<Self> {
        let lengths: Vec<usize> = std::iter::once(self).chain(others.iter().copied()).map(Self::numel).collect();
        operation.geometry().outputs(&lengths).map_err(Error::Argument)?;
        others.iter().for_each(|other| self.tape.join(&other.tape));
        let tape = self.tape.take();
        let recording = tape.is_recording();
        let mut inputs = vec![self.elements.clone().put_tape(tape)];
        inputs.extend(others.iter().map(|other| other.elements.clone().put_tape(OptionalTape::empty(recording))));
        let (elements, tape) = D::try_operation(operation, inputs, sizes.iter().product())?.split_tape();
        self.tape.put(tape);
        Ok(DynTensor { elements, sizes, tape: self.tape.clone() })
    }

    /// An [elementwise function](super::activation) of each element.
    ///
    /// # Errors
    /// If the device fails.
    pub fn apply(&self, function: impl Into<Function>) -> Result<Self> {
        self.run(function.into().into(), &[], self.sizes.clone())
    }
}
