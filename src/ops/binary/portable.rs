//! Elementwise arithmetic, composed of dfdx's operations.

use dfdx::prelude::*;

use super::{BinaryGeometry, Function};
use crate::ops::portable::{distinct, scalar, spread, touched, zeros};

/// As [`BinaryKernel::try_binary`](super::BinaryKernel::try_binary), on any device.
pub fn binary<A: Shape, B: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    a: Tensor<A, E, D, T>,
    b: Tensor<B, E, D, T>,
    output: Y,
    geometry: &BinaryGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    if output.num_elements() == 0 {
        let (y, tape) = zeros(a, output)?.split_tape();
        let (_, own) = touched(b).split_tape();
        return Ok(y.put_tape(tape.merge(own)));
    }
    let sizes = geometry.output();
    // Both may be the same tensor, for which dfdx's operations have no gradient.
    let a = expanded(a.try_reshape_like(&(1, geometry.left.iter().product()))?, &geometry.left, &sizes)?;
    let b = expanded(distinct(b.try_reshape_like(&(1, geometry.right.iter().product()))?)?, &geometry.right, &sizes)?;
    let y = match geometry.function {
        Function::Add => a.try_add(b),
        Function::Sub => a.try_sub(b),
        Function::Mul => a.try_mul(b),
        Function::Div => a.try_div(b),
        Function::Maximum => greater(a, b),
        Function::Minimum => greater(a.try_negate()?, b.try_negate()?)?.try_negate(),
    };
    y?.try_reshape_like(&output)
}

/// A tensor whose axes of size 1 are repeated.
fn expanded<E: Dtype, D: Device<E>, T: Tape<E, D>>(
    mut x: Tensor<(usize, usize), E, D, T>,
    own: &[usize],
    sizes: &[usize],
) -> Result<Tensor<(usize, usize), E, D, T>, D::Err> {
    for axis in (0..sizes.len()).filter(|&axis| own[axis] != sizes[axis]) {
        let (outer, inner) = (sizes[..axis].iter().product(), own[axis + 1..].iter().product::<usize>());
        x = spread(x.try_reshape_like(&(outer, inner))?, sizes[axis])?
            .try_reshape_like(&(1, outer * sizes[axis] * inner))?;
    }
    Ok(x)
}

/// The greater of both. Where they are equal, or one is NaN, it is half the sum, so that each has half the gradient.
fn greater<E: Dtype, D: Device<E>, T: Tape<E, D>>(
    a: Tensor<(usize, usize), E, D, T>,
    b: Tensor<(usize, usize), E, D, T>,
) -> Result<Tensor<(usize, usize), E, D, T>, D::Err> {
    let (first, second) = (a.retaped::<NoneTape>(), b.retaped::<NoneTape>());
    let (is_first, is_second) = (first.try_gt(&second)?, first.try_lt(&second)?);
    let half = scalar::<E>(0.5);
    let (mean, tape) = a.try_mul(half)?.try_add(b.try_mul(half)?)?.split_tape();
    let (other, tape) = is_second.try_choose(second.put_tape(tape), mean)?.split_tape();
    is_first.try_choose(first.put_tape(tape), other)
}
