//! Steps of optimizers composed from dfdx's operations: those that dfdx has kernels for by these, the others by their formulas.

use dfdx::prelude::*;

use super::rules::{Formula, WithFormula};
use super::{Memory, Rule};
use crate::ops::arithmetic::{Program, write};

/// As [`OptimizerKernel::try_optimize`](super::OptimizerKernel::try_optimize), on any device.
pub fn optimize<S: Shape, E: Dtype, D: Device<E>>(
    rule: &Rule,
    parameter: &mut Tensor<S, E, D>,
    gradients: &mut Gradients<E, D>,
    memory: &mut Memory<E, D>,
) -> Result<(), D::Err> {
    let device = parameter.device().clone();
    let Memory { steps, moments } = memory;
    match rule {
        Rule::Sgd(config) => {
            config.try_update(
                parameter,
                moments[0].get_or_alloc_mut(parameter)?,
                gradients.get_or_alloc_mut(parameter)?,
            )?;
        }
        Rule::Adam(config) => {
            let [first, second, _] = moments;
            let (first, second) = (first.get_or_alloc_mut(parameter)?, second.get_or_alloc_mut(parameter)?);
            config.try_update(*steps, parameter, first, second, gradients.get_or_alloc_mut(parameter)?)?;
        }
        Rule::RMSprop(config) => {
            let [squares, velocity, means] = moments;
            let squares = squares.get_or_alloc_mut(parameter)?;
            if *steps == 1 {
                device.try_fill_with_ones(squares)?;
            }
            let (velocity, means) = (velocity.get_or_alloc_mut(parameter)?, means.get_or_alloc_mut(parameter)?);
            config.try_update(parameter, velocity, squares, means, gradients.get_or_alloc_mut(parameter)?)?;
        }
        other => by_formula(&other.with(*steps, Write), parameter, gradients, moments)?,
    }
    device.try_fill_with_zeros(gradients.get_or_alloc_mut(parameter)?)
}

/// Writes the formula of a step down, and counts its moments.
struct Write;

impl WithFormula for Write {
    type Output = (Program, usize, [f64; 3]);

    fn run<F: Formula>(self, formula: F) -> Self::Output {
        let program = write(|[parameter, gradient, first, second, third]| {
            let (parameter, [first, second, third]) = formula.step(parameter, gradient, [first, second, third]);
            [parameter, first, second, third]
        });
        (program, F::MOMENTS, F::INITIAL)
    }
}

/// Runs the formula on whole tensors. All moments begin as zeros.
fn by_formula<S: Shape, E: Dtype, D: Device<E>>(
    (program, count, initial): &(Program, usize, [f64; 3]),
    parameter: &mut Tensor<S, E, D>,
    gradients: &mut Gradients<E, D>,
    moments: &mut [Gradients<E, D>; 3],
) -> Result<(), D::Err> {
    debug_assert!(initial.iter().all(|&initial| initial == 0.0), "rules whose moments begin otherwise have a kernel");
    gradients.get_or_alloc_mut(parameter)?;
    let mut inputs = vec![parameter.clone(), gradients.get(parameter)];
    for moment in moments.iter_mut() {
        moment.get_or_alloc_mut(parameter)?;
        inputs.push(moment.get(parameter));
    }
    let (outputs, _) = program.run(&inputs, NoneTape)?;
    for (moment, after) in moments.iter_mut().zip(&outputs[1..]).take(*count) {
        // dfdx writes a tensor's elements into a buffer of gradients in a backward pass alone: the gradient of x · y is y.
        let factor = parameter.device().try_ones_like(parameter.shape())?;
        let mut backward = factor.leaky_trace().try_mul(after.clone())?.try_sum::<Rank0, _>()?.try_backward()?;
        std::mem::swap(moment.get_or_alloc_mut(parameter)?, backward.get_or_alloc_mut(&factor)?);
    }
    // The parameter keeps its identity, by which its gradient and its moments are found.
    let after = outputs.into_iter().next().unwrap_or_else(|| panic!("a step has a parameter"));
    parameter.try_axpy(0.0, &after, 1.0)
}
