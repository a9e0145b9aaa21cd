//! What the portable forms share.

use dfdx::prelude::{
    Axes3, Device, Dtype, HasShape, PermuteTo, PutTape, ReshapeTo, Shape, SplitTape, Tape, Tensor, TryMatMul, TryMul,
};

/// A number as an element.
pub(crate) fn scalar<E: Dtype>(value: f64) -> E {
    E::from_f64(value).expect("every float type holds any number, rounded")
}

/// An output without elements, or one that no element of the input reaches: zeros.
///
/// dfdx's own operations panic on tensors without elements, so portable forms stop here.
pub(crate) fn zeros<X: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    input: Tensor<X, E, D, T>,
    output: Y,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    let (input, tape) = touched(input).split_tape();
    Ok(input.device().try_zeros_like(&output)?.put_tape(tape))
}

/// As [`zeros`], for an operation with a weight, and a bias perhaps: they have gradients, too.
pub(crate) fn zeros_of<X: Shape, W: Shape, B: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    input: Tensor<X, E, D, T>,
    weight: &Tensor<W, E, D>,
    bias: Option<&Tensor<B, E, D>>,
    output: Y,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    let (y, tape) = zeros(input, output)?.split_tape();
    let tape = touch(weight, tape);
    let tape = if let Some(bias) = bias { touch(bias, tape) } else { tape };
    Ok(y.put_tape(tape))
}

/// Sees to it that a tensor has a gradient, be it zero, even if nothing else adds to it.
pub(crate) fn touched<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    tensor: Tensor<S, E, D, T>,
) -> Tensor<S, E, D, T> {
    let (tensor, tape) = tensor.split_tape();
    let tape = touch(&tensor, tape);
    tensor.put_tape(tape)
}

/// As [`touched`], for a tensor without a tape.
pub(crate) fn touch<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(tensor: &Tensor<S, E, D>, mut tape: T) -> T {
    let ghost = tensor.ghost();
    tape.add_backward_op(move |gradients| gradients.try_alloc_for(&ghost));
    tape
}

/// A tensor with the same elements that is another one to dfdx.
///
/// dfdx's operations panic on their way back where two inputs are the same tensor.
pub(crate) fn distinct<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    tensor: Tensor<S, E, D, T>,
) -> Result<Tensor<S, E, D, T>, D::Err> {
    tensor.try_mul(scalar::<E>(1.0))
}

/// Multiplies both axes of images with a matrix each, `(input, output)`: the height with `down`, the width with `along`.
pub(crate) fn on_both_axes<X: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    output: Y,
    planes: usize,
    down: Tensor<(usize, usize), E, D>,
    along: Tensor<(usize, usize), E, D>,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    let ((height, output_height), (width, output_width)) = (*down.shape(), *along.shape());
    let x = x.try_reshape_like(&(planes * height, width))?.try_matmul(along)?;
    let x = x.try_reshape_like(&(planes, height, output_width))?;
    let x = x.try_permute::<(usize, usize, usize), Axes3<0, 2, 1>>()?;
    let y = x.try_reshape_like(&(planes * output_width, height))?.try_matmul(down)?;
    let y = y.try_reshape_like(&(planes, output_width, output_height))?;
    y.try_permute::<(usize, usize, usize), Axes3<0, 2, 1>>()?.try_reshape_like(&output)
}

/// Whether a tensor has no elements.
pub(crate) fn is_empty<S: Shape, E: Dtype, D: Device<E>, T>(tensor: &Tensor<S, E, D, T>) -> bool {
    tensor.shape().num_elements() == 0
}
