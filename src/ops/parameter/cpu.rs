//! The portable functions, compiled once in this crate.

use dfdx::prelude::{Cpu, CpuError, Device, Gradients};

use super::portable;
use crate::ops::Element;
use crate::ops::once::once;
use crate::ops::optimizer::{Memory, Rule};
use crate::parameters::AnyTensor;

#[once]
pub(super) fn values<E: Element>(tensor: &AnyTensor<E, Cpu>) -> Vec<E>
where
    Cpu: Device<E>,
{
    portable::values(tensor)
}

#[once]
pub(super) fn with_values<E: Element>(tensor: &AnyTensor<E, Cpu>, values: &[E]) -> Result<AnyTensor<E, Cpu>, CpuError>
where
    Cpu: Device<E>,
{
    portable::with_values(tensor, values)
}

#[once]
pub(super) fn placeholder<E: Element>(tensor: &AnyTensor<E, Cpu>) -> Result<AnyTensor<E, Cpu>, CpuError>
where
    Cpu: Device<E>,
{
    portable::placeholder(tensor)
}

#[once]
pub(super) fn optimize<E: Element>(
    rule: &Rule,
    parameter: &mut AnyTensor<E, Cpu>,
    gradients: &mut Gradients<E, Cpu>,
    memory: &mut Memory<E, Cpu>,
) -> Result<(), CpuError>
where
    Cpu: Device<E>,
{
    portable::optimize(rule, parameter, gradients, memory)
}

#[once]
pub(super) fn zero_gradient<E: Element>(
    parameter: &AnyTensor<E, Cpu>,
    gradients: &mut Gradients<E, Cpu>,
) -> Result<(), CpuError>
where
    Cpu: Device<E>,
{
    portable::zero_gradient(parameter, gradients)
}

#[once]
pub(super) fn has_gradient<E: Element>(
    parameter: &AnyTensor<E, Cpu>,
    gradients: &Gradients<E, Cpu>,
) -> Result<bool, CpuError>
where
    Cpu: Device<E>,
{
    portable::has_gradient(parameter, gradients)
}

#[once]
pub(super) fn retain<E: Element>(parameters: &[AnyTensor<E, Cpu>], gradients: &mut Gradients<E, Cpu>)
where
    Cpu: Device<E>,
{
    portable::retain(parameters, gradients);
}

#[once]
pub(super) fn average<E: Element>(
    average: &AnyTensor<E, Cpu>,
    model: &AnyTensor<E, Cpu>,
    decay: f64,
) -> Result<AnyTensor<E, Cpu>, CpuError>
where
    Cpu: Device<E>,
{
    portable::average(average, model, decay)
}
