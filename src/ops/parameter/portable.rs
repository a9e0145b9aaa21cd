//! The operations on parameters, composed from dfdx's operations, on any device.

use dfdx::nn::tensor_collection::{TensorOptions, TensorVisitor};
use dfdx::optim::{SgdConfig, UnusedTensors};
use dfdx::prelude::*;

use crate::ops::ToVec as _;
use crate::ops::optimizer::{Memory, OptimizerKernel, Rule};
use crate::parameters::{AnyTensor, each_rank};

/// As [`ParameterKernel::values`](super::ParameterKernel::values), on any device.
pub(super) fn values<E: Dtype, D: Device<E>>(tensor: &AnyTensor<E, D>) -> Vec<E> {
    each_rank!(tensor, tensor => tensor.to_vec())
}

/// Wraps the result of `$code` in the variant of the same rank.
macro_rules! same_rank {
    ($any:expr, $tensor:ident => $code:expr) => {
        match $any {
            AnyTensor::Rank0($tensor) => AnyTensor::Rank0($code),
            AnyTensor::Rank1($tensor) => AnyTensor::Rank1($code),
            AnyTensor::Rank2($tensor) => AnyTensor::Rank2($code),
            AnyTensor::Rank3($tensor) => AnyTensor::Rank3($code),
            AnyTensor::Rank4($tensor) => AnyTensor::Rank4($code),
            AnyTensor::Rank5($tensor) => AnyTensor::Rank5($code),
            AnyTensor::Rank6($tensor) => AnyTensor::Rank6($code),
        }
    };
}

/// As [`ParameterKernel::try_with_values`](super::ParameterKernel::try_with_values), on any device.
pub(super) fn with_values<E: Dtype, D: Device<E>>(
    tensor: &AnyTensor<E, D>,
    values: &[E],
) -> Result<AnyTensor<E, D>, D::Err> {
    // `copy_from` writes in the order of memory; in a permuted tensor that isn't the order of the elements.
    Ok(same_rank!(tensor, tensor => {
        let mut copy = tensor.clone().try_contiguous()?;
        copy.copy_from(values);
        copy
    }))
}

/// As [`ParameterKernel::try_placeholder`](super::ParameterKernel::try_placeholder), on any device.
pub(super) fn placeholder<E: Dtype, D: Device<E>>(tensor: &AnyTensor<E, D>) -> Result<AnyTensor<E, D>, D::Err> {
    fn of<S: Shape, E: Dtype, D: Device<E>>(tensor: &Tensor<S, E, D>) -> Result<Tensor<S, E, D>, D::Err>
    where
        (): BroadcastShapeTo<S, S::AllAxes>,
    {
        tensor.device().try_zeros_like(&())?.try_broadcast_like::<_, S::AllAxes>(tensor.shape())
    }
    Ok(match tensor {
        AnyTensor::Rank0(tensor) => AnyTensor::Rank0(tensor.device().try_zeros_like(&())?),
        AnyTensor::Rank1(tensor) => AnyTensor::Rank1(of(tensor)?),
        AnyTensor::Rank2(tensor) => AnyTensor::Rank2(of(tensor)?),
        AnyTensor::Rank3(tensor) => AnyTensor::Rank3(of(tensor)?),
        AnyTensor::Rank4(tensor) => AnyTensor::Rank4(of(tensor)?),
        AnyTensor::Rank5(tensor) => AnyTensor::Rank5(of(tensor)?),
        AnyTensor::Rank6(tensor) => AnyTensor::Rank6(of(tensor)?),
    })
}

/// As [`ParameterKernel::try_optimize_any`](super::ParameterKernel::try_optimize_any), on any device.
pub(super) fn optimize<E: Dtype, D: Device<E> + OptimizerKernel<E>>(
    rule: &Rule,
    parameter: &mut AnyTensor<E, D>,
    gradients: &mut Gradients<E, D>,
    memory: &mut Memory<E, D>,
) -> Result<(), D::Err> {
    each_rank!(parameter, parameter => D::try_optimize(rule, parameter, gradients, memory))
}

/// As [`ParameterKernel::try_zero_gradient`](super::ParameterKernel::try_zero_gradient), on any device.
pub(super) fn zero_gradient<E: Dtype, D: Device<E>>(
    parameter: &AnyTensor<E, D>,
    gradients: &mut Gradients<E, D>,
) -> Result<(), D::Err> {
    each_rank!(parameter, parameter => {
        parameter.device().try_fill_with_zeros(gradients.get_or_alloc_mut(parameter)?)
    })
}

/// As [`ParameterKernel::try_has_gradient`](super::ParameterKernel::try_has_gradient), on any device.
///
/// Only dfdx's optimizers expose this, so one of them moves a copy of the parameter, with a learning rate of 0.
pub(super) fn has_gradient<E: Dtype, D: Device<E>>(
    parameter: &AnyTensor<E, D>,
    gradients: &Gradients<E, D>,
) -> Result<bool, D::Err> {
    let mut sgd = dfdx::optim::Sgd::new(&(), SgdConfig { lr: 0.0, ..SgdConfig::default() });
    let mut step = (&mut sgd, gradients, UnusedTensors::default());
    let length: usize = parameter.sizes().iter().product();
    let flat = each_rank!(parameter, parameter => parameter.clone().try_reshape_like(&(length,))?);
    let mut flat = flat.try_realize::<(AnySize,)>().unwrap_or_else(|_| unreachable!("it is any size"));
    step.visit(TensorOptions::reset_to_zeros(), &mut flat)?;
    Ok(step.2.is_empty())
}

/// Any size, for methods that dfdx offers only for tensors with constant sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct AnySize(usize);

impl Dim for AnySize {
    fn size(&self) -> usize {
        self.0
    }

    fn from_size(size: usize) -> Option<Self> {
        Some(AnySize(size))
    }
}

impl ConstDim for AnySize {
    const SIZE: usize = 0;
}

/// As [`ParameterKernel::retain`](super::ParameterKernel::retain), on any device.
pub(super) fn retain<E: Dtype, D: Device<E>>(parameters: &[AnyTensor<E, D>], gradients: &mut Gradients<E, D>) {
    let mut kept = UnusedTensors::default();
    parameters.iter().for_each(|parameter| each_rank!(parameter, parameter => kept.add(parameter)));
    gradients.retain_leafs(&kept.ids);
}

/// As [`ParameterKernel::try_average`](super::ParameterKernel::try_average), on any device.
pub(super) fn average<E: Dtype, D: Device<E>>(
    average: &AnyTensor<E, D>,
    model: &AnyTensor<E, D>,
    decay: f64,
) -> Result<AnyTensor<E, D>, D::Err> {
    // A user may have set a broadcast tensor, which dfdx couldn't add to.
    macro_rules! average {
        ($($rank:ident)*) => {
            match (average, model) {
                $((AnyTensor::$rank(average), AnyTensor::$rank(model)) => {
                    let mut moved = average.clone().try_contiguous()?;
                    let difference = model.clone().try_contiguous()?.try_sub(moved.clone())?;
                    moved.try_axpy(1.0, &difference, 1.0 - decay)?;
                    Ok(AnyTensor::$rank(moved))
                })*
                _ => panic!("an average and its model have the same shapes"),
            }
        };
    }
    average!(Rank0 Rank1 Rank2 Rank3 Rank4 Rank5 Rank6)
}
