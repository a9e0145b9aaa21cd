//! Exponential moving averages of models.

use dfdx::nn::tensor_collection::{
    RecursiveWalker, ScalarOptions, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorRef,
};
use dfdx::shapes::{Dtype, Shape};
use dfdx::tensor::Tensor;
use dfdx::tensor_ops::{ReshapeTo, TrySub};
use num_traits::{NumCast, ToPrimitive};

use crate::error::{Error, Result};
use crate::ops::Backend;

/// An exponential moving average of a model while it trains, which often generalizes better than its last state.
///
/// Parameters are averaged, and so are the running statistics of batch normalization, which evaluation takes; counts are the
/// model's. (dfdx's trait of that name leaves the statistics as they were at first.) Where average and model agree, as in
/// frozen layers, the average stays as it is, to the last bit.
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
/// net.try_forward_mut(dev.tensor([[10.0], [30.0]]))?; // a step of training
/// average.try_ema(&net, 0.75)?;
/// assert_eq!(net.bn.running_mean.array(), [2.0]);
/// assert_eq!(average.bn.running_mean.array(), [0.5]);
/// # Ok(())
/// # }
/// ```
pub trait ModelEMA<E: Dtype, D: Backend<E>>: TensorCollection<E, D> {
    /// Moves the average towards the model: `average = average · decay + model · (1 − decay)`.
    ///
    /// # Errors
    /// [`Error::Argument`] if the decay isn't between 0 and 1; [`Error::Device`] if the device fails. The average is a mixture of
    /// both states then.
    fn try_ema(&mut self, model: &Self, decay: impl Into<f64>) -> Result<()> {
        let decay = decay.into();
        if !(0.0..=1.0).contains(&decay) {
            let why = format!("the decay of a moving average is between 0 and 1, such as 0.999, but received {decay}");
            return Err(Error::Argument(why));
        }
        Self::iter_tensors(&mut RecursiveWalker { m: (self, model), f: &mut Average { decay } })?;
        Ok(())
    }

    /// As [`try_ema`](ModelEMA::try_ema).
    ///
    /// # Panics
    /// Where that returns an error.
    fn ema(&mut self, model: &Self, decay: impl Into<f64>) {
        self.try_ema(model, decay).unwrap_or_else(|error| panic!("{error}"));
    }
}

impl<E: Dtype, D: Backend<E>, M: TensorCollection<E, D>> ModelEMA<E, D> for M {}

struct Average {
    decay: f64,
}

impl<E: Dtype, D: Backend<E>> TensorVisitor<E, D> for Average {
    type Viewer = (ViewTensorMut, ViewTensorRef);
    type Err = Error;
    type E2 = E;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, E, D>,
        (average, model): (&mut Tensor<S, E, D>, &Tensor<S, E, D>),
    ) -> Result<Option<Tensor<S, E, D>>> {
        // A user may have put a broadcast tensor there, which dfdx would not add to.
        let mut moved = average.clone().try_contiguous()?;
        let difference = model.clone().try_contiguous()?.try_sub(moved.clone())?;
        moved.try_axpy(1.0, &difference, 1.0 - self.decay)?;
        *average = moved;
        Ok(None)
    }

    fn visit_scalar<N: NumCast>(&mut self, _: ScalarOptions<N>, (average, model): (&mut N, &N)) -> Result<Option<N>> {
        if let Some(copy) = N::from(Borrowed(model)) {
            *average = copy;
        }
        Ok(None)
    }
}

/// A number that can be converted where it lies.
struct Borrowed<'a, N>(&'a N);

impl<N: ToPrimitive> ToPrimitive for Borrowed<'_, N> {
    fn to_i64(&self) -> Option<i64> {
        self.0.to_i64()
    }

    fn to_u64(&self) -> Option<u64> {
        self.0.to_u64()
    }

    fn to_f64(&self) -> Option<f64> {
        self.0.to_f64()
    }
}
