//! Operations on parameters of any shape: reading and replacing values, finding gradients, and optimizer steps.
//!
//! They take [`AnyTensor`], so that they are compiled once for each rank, not for each shape.

mod cpu;
mod portable;

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, Gradients};

use super::Element;
use super::optimizer::{Memory, OptimizerKernel, Rule};
use crate::parameters::AnyTensor;

/// A device with operations on parameters.
pub trait ParameterKernel<E: Dtype>: Device<E> + OptimizerKernel<E> {
    /// The values in row-major order: the last dimension varies fastest.
    fn values(tensor: &AnyTensor<E, Self>) -> Vec<E> {
        portable::values(tensor)
    }

    /// A tensor with the same identity and shape, and with other values. Their number must match the shape.
    fn try_with_values(tensor: &AnyTensor<E, Self>, values: &[E]) -> Result<AnyTensor<E, Self>, Self::Err> {
        portable::with_values(tensor, values)
    }

    /// A tensor of the same shape that holds a single element. It stands in for a parameter while the optimizer modifies the real
    /// one.
    fn try_placeholder(tensor: &AnyTensor<E, Self>) -> Result<AnyTensor<E, Self>, Self::Err> {
        portable::placeholder(tensor)
    }

    /// Moves a parameter along its gradient, and sets the gradient to zero. A missing gradient counts as zero.
    fn try_optimize_any(
        rule: &Rule,
        parameter: &mut AnyTensor<E, Self>,
        gradients: &mut Gradients<E, Self>,
        memory: &mut Memory<E, Self>,
    ) -> Result<(), Self::Err> {
        portable::optimize(rule, parameter, gradients, memory)
    }

    /// Sets a parameter's gradient to zero. If there is no gradient, it is created.
    fn try_zero_gradient(parameter: &AnyTensor<E, Self>, gradients: &mut Gradients<E, Self>) -> Result<(), Self::Err> {
        portable::zero_gradient(parameter, gradients)
    }

    /// Whether a parameter has a gradient.
    fn try_has_gradient(parameter: &AnyTensor<E, Self>, gradients: &Gradients<E, Self>) -> Result<bool, Self::Err> {
        portable::has_gradient(parameter, gradients)
    }

    /// Keeps the gradients of these parameters, and discards others after each backward pass.
    fn retain(parameters: &[AnyTensor<E, Self>], gradients: &mut Gradients<E, Self>) {
        portable::retain(parameters, gradients);
    }

    /// `average · decay + model · (1 − decay)`, with the identity of `average`.
    fn try_average(
        average: &AnyTensor<E, Self>,
        model: &AnyTensor<E, Self>,
        decay: f64,
    ) -> Result<AnyTensor<E, Self>, Self::Err> {
        portable::average(average, model, decay)
    }
}

impl<E: Element> ParameterKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn values(tensor: &AnyTensor<E, Cpu>) -> Vec<E> {
        cpu::values(tensor)
    }

    fn try_with_values(tensor: &AnyTensor<E, Cpu>, values: &[E]) -> Result<AnyTensor<E, Cpu>, CpuError> {
        cpu::with_values(tensor, values)
    }

    fn try_placeholder(tensor: &AnyTensor<E, Cpu>) -> Result<AnyTensor<E, Cpu>, CpuError> {
        cpu::placeholder(tensor)
    }

    fn try_optimize_any(
        rule: &Rule,
        parameter: &mut AnyTensor<E, Cpu>,
        gradients: &mut Gradients<E, Cpu>,
        memory: &mut Memory<E, Cpu>,
    ) -> Result<(), CpuError> {
        cpu::optimize(rule, parameter, gradients, memory)
    }

    fn try_zero_gradient(parameter: &AnyTensor<E, Cpu>, gradients: &mut Gradients<E, Cpu>) -> Result<(), CpuError> {
        cpu::zero_gradient(parameter, gradients)
    }

    fn try_has_gradient(parameter: &AnyTensor<E, Cpu>, gradients: &Gradients<E, Cpu>) -> Result<bool, CpuError> {
        cpu::has_gradient(parameter, gradients)
    }

    fn retain(parameters: &[AnyTensor<E, Cpu>], gradients: &mut Gradients<E, Cpu>) {
        cpu::retain(parameters, gradients);
    }

    fn try_average(
        average: &AnyTensor<E, Cpu>,
        model: &AnyTensor<E, Cpu>,
        decay: f64,
    ) -> Result<AnyTensor<E, Cpu>, CpuError> {
        cpu::average(average, model, decay)
    }
}
