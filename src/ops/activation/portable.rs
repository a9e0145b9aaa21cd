//! Functions composed of dfdx's operations: whole tensors pass through their formulas.

use dfdx::prelude::*;

use super::Function;
use super::formula::{Formula, WithFormula};
use crate::ops::arithmetic::{Program, write};
use crate::ops::portable::{is_empty, touched};

/// Writes a formula down.
struct Write;

impl WithFormula for Write {
    type Output = Program;

    fn run<F: Formula>(self, formula: F) -> Program {
        write(|[x]| [formula.value(x)])
    }
}

/// As [`ActivationKernel::try_activation`](super::ActivationKernel::try_activation), on any device. dfdx derives the gradient.
pub fn activation<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<S, E, D, T>,
    function: impl Into<Function>,
) -> Result<Tensor<S, E, D, T>, D::Err> {
    if is_empty(&x) {
        return Ok(touched(x));
    }
    let (x, tape) = x.try_contiguous()?.split_tape();
    let (outputs, tape) = function.into().with(Write).run(&[x], tape)?;
    let [y] = <[_; 1]>::try_from(outputs).unwrap_or_else(|_| panic!("a function has one value"));
    Ok(y.put_tape(tape))
}
