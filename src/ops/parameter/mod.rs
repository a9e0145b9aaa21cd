//! What is done with parameters of any shape: their values are read and replaced, their gradients looked for, and they are moved.
//!
//! All of it is for [`AnyTensor`], so that it is compiled once for each rank, not for each shape.

mod cpu;
mod portable;

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, Gradients};

use super::Element;
use super::optimizer::{Memory, OptimizerKernel, Rule};
use crate::parameters::AnyTensor;

/// A device with parameters.
pub trait ParameterKernel<E: Dtype>: Device<E> + OptimizerKernel<E> {
    /// The values, in the order of the dimensions, the last one fastest.
    fn values(tensor: &AnyTensor<E, Self>) -> Vec<E> {
        portable::values(tensor)
    }

    /// A tensor of the same identity and shape with other values, which are as many.
    fn try_with_values(tensor: &AnyTensor<E, Self>, values: &[E]) -> Result<AnyTensor<E, Self>, Self::Err> {
        portable::with_values(tensor, values)
    }

    /// A tensor of that shape which takes no memory, while its owner moves the real one.
    fn try_placeholder(tensor: &AnyTensor<E, Self>) -> Result<AnyTensor<E, Self>, Self::Err> {
        portable::placeholder(tensor)
    }

    /// Moves a parameter by its gradient, which is zero afterwards, as it is where there was none.
    fn try_optimize_any(
        rule: &Rule,
        parameter: &mut AnyTensor<E, Self>,
        gradients: &mut Gradients<E, Self>,
        memory: &mut Memory<E, Self>,
    ) -> Result<(), Self::Err> {
        portable::optimize(rule, parameter, gradients, memory)
    }

    /// Makes a parameter's gradient zero, and makes one where there is none.
    fn try_zero_gradient(parameter: &AnyTensor<E, Self>, gradients: &mut Gradients<E, Self>) -> Result<(), Self::Err> {
        portable::zero_gradient(parameter, gradients)
    }

    /// Whether a parameter has a gradient.
    fn try_has_gradient(parameter: &AnyTensor<E, Self>, gradients: &Gradients<E, Self>) -> Result<bool, Self::Err> {
        portable::has_gradient(parameter, gradients)
    }

    /// Keeps the gradients of these parameters, and lets others go after each backward pass.
    fn retain(parameters: &[AnyTensor<E, Self>], gradients: &mut Gradients<E, Self>) {
        portable::retain(parameters, gradients);
    }

    /// `average · decay + model · (1 − decay)`, of the identity of the average.
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
