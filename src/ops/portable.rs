//! Helpers that the portable forms share.

use dfdx::prelude::{
    Axes3, Axis, BroadcastTo, Device, Dtype, HasShape, PermuteTo, PutTape, ReshapeTo, Shape, SplitTape, SumTo, Tape,
    Tensor, TryAdd, TryMatMul, TryMul,
};

/// Converts a number to the element type.
pub(crate) fn scalar<E: Dtype>(value: f64) -> E {
    E::from_f64(value).expect("every float type holds any number, rounded")
}

/// Zeros: an output without elements, or one that doesn't depend on any element of the input.
///
/// dfdx's own operations panic on tensors without elements, so portable forms return this instead.
pub(crate) fn zeros<X: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    input: Tensor<X, E, D, T>,
    output: Y,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    let (input, tape) = touched(input).split_tape();
    Ok(input.device().try_zeros_like(&output)?.put_tape(tape))
}

/// As [`zeros`], for an operation with a weight and an optional bias, which have gradients, too.
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

/// Makes sure that a tensor has a gradient, which is zero if nothing else adds to it.
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

/// A tensor with the same elements, which dfdx treats as a different tensor.
///
/// In the backward pass, dfdx's operations panic if two inputs are the same tensor.
pub(crate) fn distinct<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    tensor: Tensor<S, E, D, T>,
) -> Result<Tensor<S, E, D, T>, D::Err> {
    tensor.try_mul(scalar::<E>(1.0))
}

/// The number of values that a portable form adds one after the other, before their sum joins the other sums.
const RUN: usize = 32;

/// The sums along the middle axis.
///
/// dfdx adds values one by one, which loses precision if there are many. Here, as in [`sums`](super::sums), sums of a few values
/// are added instead.
pub(crate) fn sum_middle<E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<(usize, usize, usize), E, D, T>,
) -> Result<Tensor<(usize, usize), E, D, T>, D::Err> {
    let (outer, count, inner) = *x.shape();
    if count <= RUN {
        return x.try_sum::<(usize, usize), Axis<1>>();
    }
    let (runs, rest) = (count / RUN, count % RUN);
    // In the backward pass, dfdx's slice overwrites the gradient instead of adding to it, so it gets a tensor without other uses.
    let x = if rest == 0 { x } else { distinct(x)? };
    let others = match rest {
        0 => None,
        _ => Some(x.retaped::<T>().try_slice((0..outer, count - rest..count, 0..inner))?),
    };
    let whole = if rest == 0 { x } else { x.try_slice((0..outer, 0..count - rest, 0..inner))? };
    let sums = whole.try_reshape_like(&(outer * runs, RUN, inner))?.try_sum::<(usize, usize), Axis<1>>()?;
    let sums = sum_middle(sums.try_reshape_like(&(outer, runs, inner))?)?;
    match others {
        None => Ok(sums),
        Some(others) => sums.try_add(others.try_sum::<(usize, usize), Axis<1>>()?),
    }
}

/// Repeats the values `count` times along a new axis between the two axes. The gradient of this operation is [`sum_middle`].
///
/// The gradient of a broadcast tensor is a sum, which dfdx adds one by one. Therefore each value is repeated at most `RUN` times
/// per step, and steps follow each other until there are enough copies.
pub(crate) fn spread<E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<(usize, usize), E, D, T>,
    count: usize,
) -> Result<Tensor<(usize, usize, usize), E, D, T>, D::Err> {
    let (outer, inner) = *x.shape();
    let (x, outer, run) = match count {
        ..=RUN => (x, outer, count),
        _ => {
            let runs = count.div_ceil(RUN);
            (spread(x, runs)?.try_reshape_like(&(outer * runs, inner))?, outer * runs, RUN)
        }
    };
    let zeros = x.device().try_zeros_like(&(outer, run, inner))?;
    let spread = x.try_broadcast_like::<_, Axis<1>>(&(outer, run, inner))?.try_add(zeros)?;
    if count <= RUN {
        return Ok(spread);
    }
    let outer = outer / count.div_ceil(RUN);
    let repeated = count.next_multiple_of(RUN);
    let spread = spread.try_reshape_like(&(outer, repeated, inner))?;
    if repeated == count { Ok(spread) } else { spread.try_slice((0..outer, 0..count, 0..inner)) }
}

/// Repeats the value of each channel over all examples and positions. The result is `(batch, channels, spatial)`.
pub(crate) fn per_channel<E: Dtype, D: Device<E>, T: Tape<E, D>>(
    values: Tensor<(usize,), E, D, T>,
    sizes: &(usize, usize, usize),
) -> Result<Tensor<(usize, usize, usize), E, D, T>, D::Err> {
    let &(batch, channels, spatial) = sizes;
    let planes =
        spread(values.try_reshape_like(&(channels, 1))?, spatial)?.try_reshape_like(&(1, channels * spatial))?;
    spread(planes, batch)?.try_reshape_like(sizes)
}

/// Multiplies both axes of images by a matrix of shape `(input, output)`: the height by `down`, the width by `along`.
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
