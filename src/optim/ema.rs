//! Exponential moving averages of models.

use std::collections::VecDeque;

use dfdx::shapes::Dtype;
use dfdx::tensor::Storage;
use num_traits::ToPrimitive;

use crate::error::{Error, Result};
use crate::ops::Backend;
use crate::parameters::{AnyTensor, ParameterTensor, Parameters, Scalar, Visitor, VisitorMut, visit, visit_mut};

/// An exponential moving average of a model in training, which often generalizes better than the model's last state.
///
/// It averages the parameters and the running statistics of batch normalization, which evaluation uses; it copies the
/// batch counts of the model. (dfdx's trait with the same name doesn't update the statistics.) Where average and model
/// are equal, as in frozen layers, the average doesn't change by a single bit.
///
/// ```
/// use shapewright::prelude::*;
///
/// network! { struct Net: Input<1> { bn: BatchNorm1d } }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let mut net = Net::build(&dev)?;
/// let mut average = net.clone();
///
/// net.try_train(dev.tensor([[10.0], [30.0]]))?; // a step of training
/// average.try_ema(&net, 0.75)?;
/// assert_eq!(net.bn.running_mean.array(), [2.0]);
/// assert_eq!(average.bn.running_mean.array(), [0.5]);
/// # Ok(())
/// # }
/// ```
pub trait ModelEMA<E: Dtype, D: Backend<E>>: Parameters<E, D> {
    /// Moves the average towards the model: `average = average · decay + model · (1 − decay)`.
    ///
    /// # Errors
    /// [`Error::Argument`] if the decay isn't between 0 and 1; [`Error::Device`] if the device fails. After a device
    /// error, some tensors may be updated and others not.
    fn try_ema(&mut self, model: &Self, decay: impl Into<f64>) -> Result<()> {
        let decay = decay.into();
        if !(0.0..=1.0).contains(&decay) {
            let why = format!("the decay of a moving average is between 0 and 1, such as 0.999, but received {decay}");
            return Err(Error::Argument(why));
        }
        let mut held = Held { tensors: VecDeque::new(), scalars: VecDeque::new() };
        visit(model, &mut held)?;
        visit_mut(self, &mut Average { decay, model: held })
    }

    /// As [`try_ema`](ModelEMA::try_ema).
    ///
    /// # Panics
    /// If [`try_ema`](ModelEMA::try_ema) returns an error.
    fn ema(&mut self, model: &Self, decay: impl Into<f64>) {
        self.try_ema(model, decay).unwrap_or_else(|error| panic!("{error}"));
    }
}

impl<E: Dtype, D: Backend<E>, M: Parameters<E, D>> ModelEMA<E, D> for M {}

/// The tensors and scalars of the model.
struct Held<E: Dtype, D: Storage<E>> {
    tensors: VecDeque<AnyTensor<E, D>>,
    scalars: VecDeque<Number>,
}

impl<E: Dtype, D: Storage<E>> Visitor<E, D> for Held<E, D> {
    fn tensor(&mut self, _: &str, tensor: &dyn ParameterTensor<E, D>, _: bool) -> Result<()> {
        self.tensors.push_back(tensor.share());
        Ok(())
    }

    fn scalar(&mut self, _: &str, scalar: &dyn Scalar) -> Result<()> {
        self.scalars.push_back(Number(scalar.to_i64(), scalar.to_u64(), scalar.to_f64()));
        Ok(())
    }
}

/// Updates the tensors and scalars of the average.
struct Average<E: Dtype, D: Storage<E>> {
    decay: f64,
    model: Held<E, D>,
}

impl<E: Dtype, D: Backend<E>> VisitorMut<E, D> for Average<E, D> {
    fn tensor(&mut self, _: &str, tensor: &mut dyn ParameterTensor<E, D>, _: bool) -> Result<()> {
        if let Some(model) = self.model.tensors.pop_front() {
            let average = D::try_average(&tensor.share(), &model, self.decay)?;
            tensor.put(average);
        }
        Ok(())
    }

    fn scalar(&mut self, _: &str, scalar: &mut dyn Scalar) -> Result<()> {
        if let Some(number) = self.model.scalars.pop_front() {
            scalar.set(&number);
        }
        Ok(())
    }
}

/// A number of any type.
struct Number(Option<i64>, Option<u64>, Option<f64>);

impl ToPrimitive for Number {
    fn to_i64(&self) -> Option<i64> {
        self.0
    }

    fn to_u64(&self) -> Option<u64> {
        self.1
    }

    fn to_f64(&self) -> Option<f64> {
        self.2
    }
}
