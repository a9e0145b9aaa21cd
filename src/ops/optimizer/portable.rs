//! Steps of optimizers composed from dfdx's operations.

use dfdx::prelude::*;

use super::{Memory, Rule};

/// As [`OptimizerKernel::try_optimize`](super::OptimizerKernel::try_optimize), on any device.
pub fn optimize<S: Shape, E: Dtype, D: Device<E>>(
    rule: &Rule,
    parameter: &mut Tensor<S, E, D>,
    gradients: &mut Gradients<E, D>,
    memory: &mut Memory<E, D>,
) -> Result<(), D::Err> {
    let device = parameter.device().clone();
    let gradient = gradients.get_or_alloc_mut(parameter)?;
    let Memory { steps, moments: [first, second, third] } = memory;
    let first = first.get_or_alloc_mut(parameter)?;
    match rule {
        Rule::Sgd(config) => config.try_update(parameter, first, gradient)?,
        Rule::Adam(config) => {
            let second = second.get_or_alloc_mut(parameter)?;
            config.try_update(*steps, parameter, first, second, gradient)?;
        }
        Rule::RMSprop(config) => {
            let second = second.get_or_alloc_mut(parameter)?;
            let third = third.get_or_alloc_mut(parameter)?;
            if *steps == 1 {
                device.try_fill_with_ones(second)?;
            }
            config.try_update(parameter, first, second, third, gradient)?;
        }
    }
    device.try_fill_with_zeros(gradient)
}
