//! Max pooling composed from dfdx's operations: gather what each tap reads, and choose the greatest.
//!
//! dfdx's maximum gives its gradient to all that are greatest, PyTorch's to the first of them, or to the last `NaN`. So
//! taps get scores, and the one with the best is chosen. Only the choice is on the tape.

use dfdx::prelude::*;

use super::MaxPool2dGeometry;
use crate::ops::portable::{is_empty, scalar, zeros};
use crate::ops::window::positions;
use crate::ops::{Upload, Window};

/// As [`MaxPool2dKernel::try_max_pool2d`](super::MaxPool2dKernel::try_max_pool2d), on any device.
pub fn max_pool2d<X: Shape, Y: Shape, E: Dtype, D: Device<E> + Upload, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    output: Y,
    geometry: &MaxPool2dGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    if output.num_elements() == 0 || is_empty(&x) {
        return zeros(x, output);
    }
    let MaxPool2dGeometry { planes, vertical, horizontal } = *geometry;
    let (device, taps) = (x.device().clone(), geometry.taps());

    // Positions come first, so that one index serves all planes; a row of −∞ is the padding.
    let x = x.try_reshape_like(&(planes, geometry.input_plane()))?;
    let x = x.try_permute::<(usize, usize), Axes2<1, 0>>()?.try_contiguous()?;
    let padding = device.try_zeros_like(&(1, planes))?.try_add(scalar::<E>(f64::NEG_INFINITY))?;
    let x = (x, padding).try_concat_along(Axis::<0>)?;

    // All outputs of the first tap, then those of the second.
    let index = device.try_keep(("max_pool2d", (vertical, horizontal)), |(_, (vertical, horizontal))| {
        let positions = positions(&vertical, &horizontal, Window::position);
        let of_tap = |tap: usize| positions[tap..].iter().step_by(taps).copied();
        device.try_upload(&(0..taps).flat_map(of_tap).collect::<Vec<_>>(), (positions.len(),))
    })?;
    let values: Tensor<(usize, usize), E, D, T> = x.try_gather(index)?;
    let outputs = geometry.output_plane() * planes;
    let values = values.try_reshape_like(&(taps, outputs))?;

    let chosen = first_greatest(values.retaped::<NoneTape>())?;
    let nothing = device.try_zeros_like(&(taps, outputs))?;
    let y = chosen.try_choose(values, nothing)?.try_sum::<(usize,), Axis<0>>()?;
    let y = y.try_reshape_like(&(geometry.output_plane(), planes))?;
    y.try_permute::<(usize, usize), Axes2<1, 0>>()?.try_reshape_like(&output)
}

/// Where the first of the greatest is in each column, or the last `NaN` if there is one.
fn first_greatest<E: Dtype, D: Device<E> + Upload>(
    values: Tensor<(usize, usize), E, D>,
) -> Result<Tensor<(usize, usize), bool, D>, D::Err> {
    let (shape, device) = (*values.shape(), values.device().clone());
    let taps = shape.0;
    let scores = |which: &'static str, of: fn(usize, usize) -> usize| {
        let scores: Tensor<(usize,), E, D> = device.try_keep((which, taps), |_| {
            let scores: Vec<E> = (0..taps).map(|tap| scalar(of(taps, tap) as f64)).collect();
            device.try_upload(&scores, (taps,))
        })?;
        scores.try_broadcast_like::<_, Axis<1>>(&shape)
    };
    let greatest = values.clone().try_max::<(usize,), Axis<0>>()?.try_broadcast_like::<_, Axis<0>>(&shape)?;
    let numbers = values.try_eq(&greatest)?;
    let ranks = numbers.try_choose(scores("first", |taps, tap| taps - tap)?, device.try_zeros_like(&shape)?)?;
    let ranks = values.try_ne(&values)?.try_choose(scores("NaN", |taps, tap| taps + 1 + tap)?, ranks)?;
    let best = ranks.clone().try_max::<(usize,), Axis<0>>()?.try_broadcast_like::<_, Axis<0>>(&shape)?;
    ranks.try_eq(&best)
}
