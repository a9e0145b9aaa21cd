//! One step of a parameter along its gradient.
//!
//! ```text
//! SGD       v ← u · v + g                             p ← p − rate · v, or rate · (g + u · v) with Nesterov's momentum
//! Adam      m ← β₁ · m + (1 − β₁) · g                 p ← p − rate · m̂ / (√v̂ + ε)
//!           v ← β₂ · v + (1 − β₂) · g²                m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)
//! RMSprop   s ← α · s + (1 − α) · g²                  p ← p − rate · g / √(s + ε), with momentum or without
//! ```
//!
//! Weight decay adds to the gradient first (L2), or takes from the parameter besides (decoupled). All is as dfdx has it,
//! whose settings these are: what is remembered of squares begins with 1 in RMSprop, with 0 elsewhere.
//!
//! A gradient whose square overflows moves its parameter all the same, as long as its share of the mean doesn't. That is so on the
//! CPU. The kernels that dfdx has for GPUs compute the square: there, a gradient beyond 1.8e19 in single precision stops its parameter.
//!
//! The gradient is zero afterwards, ready for the next one to be added to it: that takes no other pass.

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::optim::{AdamConfig, RMSpropConfig, SgdConfig};
use dfdx::prelude::{Cpu, CpuError, Device, Dtype, Gradients, HasShape, Shape, Storage, Tensor};

use super::Element;
use super::cpu::write;

/// How parameters follow their gradients.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Gradient descent.
    Sgd(SgdConfig),
    /// Adam.
    Adam(AdamConfig),
    /// RMSprop.
    RMSprop(RMSpropConfig),
}

/// What is remembered from step to step.
#[derive(Clone, Debug)]
pub struct Memory<E: Dtype, D: Storage<E>> {
    /// How many steps there were, the present one included.
    pub steps: i32,
    /// A number for each one of a parameter, as many times as the rule has it. The first is a mean of gradients, the
    /// second one of their squares, the third another one of gradients.
    moments: [Gradients<E, D>; 3],
}

impl<E: Dtype, D: Storage<E>> Default for Memory<E, D> {
    fn default() -> Self {
        Memory { steps: 0, moments: std::array::from_fn(|_| Gradients::leaky()) }
    }
}

/// A device with steps of an optimizer.
pub trait OptimizerKernel<E: Dtype>: Device<E> {
    /// Moves a parameter by its gradient, which is zero afterwards, as it is where there was none.
    fn try_optimize<S: Shape>(
        rule: &Rule,
        parameter: &mut Tensor<S, E, Self>,
        gradients: &mut Gradients<E, Self>,
        memory: &mut Memory<E, Self>,
    ) -> Result<(), Self::Err> {
        portable::optimize(rule, parameter, gradients, memory)
    }
}

impl<E: Element> OptimizerKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_optimize<S: Shape>(
        rule: &Rule,
        parameter: &mut Tensor<S, E, Self>,
        gradients: &mut Gradients<E, Self>,
        memory: &mut Memory<E, Self>,
    ) -> Result<(), CpuError> {
        let gradient = numbers(gradients, parameter)?;
        // A broadcast parameter has fewer numbers than elements.
        if gradient.len() != parameter.shape().num_elements() {
            return portable::optimize(rule, parameter, gradients, memory);
        }
        let Memory { steps, moments: [first, second, third] } = memory;
        match rule {
            Rule::Sgd(config) => match config.momentum {
                None => cpu::sgd(config, write(parameter), gradient),
                Some(momentum) => {
                    let velocity = numbers(first, parameter)?;
                    cpu::sgd_with_momentum(config, momentum, write(parameter), gradient, velocity);
                }
            },
            Rule::Adam(config) => {
                let moments = [&mut **numbers(first, parameter)?, &mut **numbers(second, parameter)?];
                cpu::adam(config, *steps, write(parameter), gradient, moments);
            }
            Rule::RMSprop(config) => {
                let squares = numbers(second, parameter)?;
                if *steps == 1 {
                    squares.fill(E::one());
                }
                if config.momentum.is_none() && !config.centered {
                    cpu::rmsprop(config, write(parameter), gradient, squares);
                } else {
                    let velocity = numbers(first, parameter)?;
                    let means = numbers(third, parameter)?;
                    cpu::rmsprop_with_means(config, write(parameter), gradient, [squares, velocity, means]);
                }
            }
        }
        Ok(())
    }
}

/// What is kept for each number of a parameter, zeros at first.
fn numbers<'a, S: Shape, E: Element>(
    kept: &'a mut Gradients<E, Cpu>,
    parameter: &Tensor<S, E, Cpu>,
) -> Result<&'a mut Vec<E>, CpuError> {
    Ok(kept.get_or_alloc_mut(parameter)?)
}
