//! Max pooling composed from dfdx's operations: gathers the input of each tap, and chooses the maximum.
//!
//! dfdx's maximum passes the gradient to all equal maxima; PyTorch passes it to the first of them, or to the last `NaN`.
//! Therefore taps get ranks, and the tap with the highest rank is chosen. Only this choice is on the tape.

use dfdx::prelude::*;

use super::MaxPool2dGeometry;
use crate::ops::operation::Geometry;
use crate::ops::portable::{is_empty, scalar, zeros};
use crate::ops::window::positions;
use crate::ops::{Upload, Window};

/// As [`MaxPool2dKernel::try_max_pool2d`](super::MaxPool2dKernel::try_max_pool2d), on any device.
pub fn max_pool2d<X: Shape, Y: Shape, E: Dtype, D: Device<E> + Upload, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    output: Y,
    geometry: &MaxPool2dGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    geometry.check(&[x.shape().num_elements()], output.num_elements());
    if output.num_elements() == 0 || is_empty(&x) {
        return zeros(x, output);
    }
    let MaxPool2dGeometry { planes, vertical, horizontal } = *geometry;
    let (device, taps) = (x.device().clone(), geometry.taps());

    // Positions become the first axis, so that one index serves all planes. A row of −∞ is the padding.
    let x = x.try_reshape_like(&(planes, geometry.input_plane()))?;
    let x = x.try_permute::<(usize, usize), Axes2<1, 0>>()?.try_contiguous()?;
    let padding = device.try_zeros_like(&(1, planes))?.try_add(scalar::<E>(f64::NEG_INFINITY))?;
    let x = (x, padding).try_concat_along(Axis::<0>)?;

    // The index has all outputs of the first tap, then those of the second, and so on.
    let index = device.try_keep(("max_pool2d", (vertical, horizontal)), |(_, (vertical, horizontal))| {
        let positions = positions(&vertical, &horizontal, Window::position);
        let of_tap = |tap: usize| positions[tap..].iter().step_by(taps).copied();
        device.try_upload(&(0..taps).flat_map(of_tap).collect::<Vec<_>>(), (positions.len(),))
    })?;
    let values: Tensor<(usize, usize), E, D, T> = x.try_gather(index)?;
    let values = values.try_reshape_like(&(taps, geometry.output_plane(), planes))?;

    let chosen = first_greatest(values.retaped::<NoneTape>(), geometry)?;
    let nothing = device.try_zeros_like(values.shape())?;
    let y: Tensor<(usize, usize), E, D, T> = chosen.try_choose(values, nothing)?.try_sum::<_, Axis<0>>()?;
    y.try_permute::<(usize, usize), Axes2<1, 0>>()?.try_reshape_like(&output)
}

/// Values by tap, output position and plane.
type Values<E, D> = Tensor<(usize, usize, usize), E, D>;

/// The tap that is chosen for each output: the first maximum, or the last `NaN` if there is one.
fn first_greatest<E: Dtype, D: Device<E> + Upload>(
    values: Values<E, D>,
    geometry: &MaxPool2dGeometry,
) -> Result<Values<bool, D>, D::Err> {
    let (shape, device) = (*values.shape(), values.device().clone());
    let ranked = |rank: Rank, key: &'static str| -> Result<Values<E, D>, D::Err> {
        let ranks =
            device.try_keep((key, (geometry.vertical, geometry.horizontal)), |(_, (vertical, horizontal))| {
                let taps = vertical.kernel * horizontal.kernel;
                let positions = positions(&vertical, &horizontal, Window::position);
                // Padding is chosen last, even before an input of −∞.
                let rank = |(place, tap): (usize, usize)| {
                    let padded = positions[place * taps + tap] == vertical.input * horizontal.input;
                    scalar(if padded { 0.0 } else { rank(taps, tap) as f64 })
                };
                let places = vertical.output * horizontal.output;
                let ranks: Vec<E> =
                    (0..taps).flat_map(|tap| (0..places).map(move |place| (place, tap))).map(rank).collect();
                device.try_upload(&ranks, (taps, places))
            })?;
        ranks.try_broadcast_like::<_, Axis<2>>(&shape)
    };
    let first = ranked(|taps, tap| taps - tap, "first")?;
    let last_nan = ranked(|taps, tap| taps + 1 + tap, "last NaN")?;

    let greatest: Tensor<(usize, usize), E, D> = values.clone().try_max::<_, Axis<0>>()?;
    let greatest = greatest.try_broadcast_like::<_, Axis<0>>(&shape)?;
    let ranks = values.try_eq(&greatest)?.try_choose(first, device.try_zeros_like(&shape)?)?;
    let ranks = values.try_ne(&values)?.try_choose(last_nan, ranks)?;
    let best: Tensor<(usize, usize), E, D> = ranks.clone().try_max::<_, Axis<0>>()?;
    ranks.try_eq(&best.try_broadcast_like::<_, Axis<0>>(&shape)?)
}

/// Computes the rank of a tap from the number of taps and the tap.
type Rank = fn(usize, usize) -> usize;
