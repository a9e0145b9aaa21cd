//! One step of an optimizer, for one parameter.
//!
//! ```text
//! SGD       v ← u · v + g                             p ← p − rate · v, or rate · (g + u · v) with Nesterov's momentum
//! Adam      m ← β₁ · m + (1 − β₁) · g                 p ← p − rate · m̂ / (√v̂ + ε)
//!           v ← β₂ · v + (1 − β₂) · g²                m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)
//! Adamax    m ← β₁ · m + (1 − β₁) · g                 p ← p − rate · m̂ / u
//!           u ← max(β₂ · u, |g| + ε)
//! RMSprop   s ← α · s + (1 − α) · g²                  p ← p − rate · g / √(s + ε), with momentum or without,
//!                                                     with s less the square of the mean gradient if centered
//! ```
//!
//! L2 weight decay is added to the gradient first; decoupled weight decay is subtracted from the parameter separately. Adamax is
//! PyTorch's; the others agree with dfdx, whose configurations are used. The running mean of squares starts at 1 in RMSprop; all other
//! state starts at 0.
//!
//! On the CPU, a gradient whose square overflows still moves its parameter, as long as the square's share of the running mean
//! doesn't overflow. dfdx's kernels for GPUs compute the square itself: there, a gradient beyond 1.8e19 in single precision stops
//! its parameter.
//!
//! A step also sets the gradient to zero, so that the next gradient can be added to it without another pass over memory.

mod cpu;
pub mod portable;
mod rules;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, Gradients, HasShape, Shape, Storage, Tensor};

use super::Element;
use super::cpu::write;

pub use rules::{AdamaxConfig, Rule};

/// The state that an optimizer keeps from step to step.
#[derive(Clone, Debug)]
pub struct Memory<E: Dtype, D: Storage<E>> {
    /// The number of steps, which includes the current one.
    pub steps: i32,
    /// The state for each element of a parameter, as far as the rule needs it.
    moments: [Gradients<E, D>; 3],
}

impl<E: Dtype, D: Storage<E>> Default for Memory<E, D> {
    fn default() -> Self {
        Memory { steps: 0, moments: std::array::from_fn(|_| Gradients::leaky()) }
    }
}

/// A device that computes the steps of an optimizer.
pub trait OptimizerKernel<E: Dtype>: Device<E> {
    /// Moves a parameter along its gradient, and sets the gradient to zero. A missing gradient counts as zero.
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
        // A broadcast parameter has fewer stored elements than its shape says.
        if gradient.len() != parameter.shape().num_elements() {
            return portable::optimize(rule, parameter, gradients, memory);
        }
        let (count, initial) = cpu::moments(rule);
        let Memory { steps, moments } = memory;
        let mut buffers: [&mut [E]; 3] = Default::default();
        for ((moment, buffer), initial) in moments.iter_mut().zip(&mut buffers).zip(initial).take(count) {
            *buffer = numbers(moment, parameter)?;
            if *steps == 1 && initial != 0.0 {
                buffer.fill(E::of(initial));
            }
        }
        cpu::optimize(rule, *steps, write(parameter), gradient, buffers);
        Ok(())
    }
}

/// The state for each element of a parameter, which starts as zeros.
fn numbers<'a, S: Shape, E: Element>(
    kept: &'a mut Gradients<E, Cpu>,
    parameter: &Tensor<S, E, Cpu>,
) -> Result<&'a mut Vec<E>, CpuError> {
    Ok(kept.get_or_alloc_mut(parameter)?)
}
