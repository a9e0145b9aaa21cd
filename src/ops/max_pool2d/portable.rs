//! Max pooling composed from dfdx's operations: gather what each tap reads, and choose the greater, tap after tap.

use dfdx::prelude::*;

use super::MaxPool2dGeometry;
use crate::ops::Window;
use crate::ops::portable::{constant, is_empty, scalar, zeros};
use crate::ops::window::positions;

/// As [`MaxPool2dKernel::try_max_pool2d`](super::MaxPool2dKernel::try_max_pool2d), on any device.
pub fn max_pool2d<X: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    output: Y,
    geometry: &MaxPool2dGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    if output.num_elements() == 0 || is_empty(&x) {
        return zeros(x, output);
    }
    let MaxPool2dGeometry { planes, vertical, horizontal } = *geometry;
    let device = x.device().clone();

    // Positions come first, so that one index serves all planes; a row of −∞ is the padding.
    let x = x.try_reshape_like(&(planes, geometry.input_plane()))?;
    let x = x.try_permute::<(usize, usize), Axes2<1, 0>>()?.try_contiguous()?;
    let padding = constant(&device, (1, planes), &vec![scalar(f64::NEG_INFINITY); planes])?;
    let (x, mut tape) = (x, padding).try_concat_along(Axis::<0>)?.split_tape();

    let positions = positions(&vertical, &horizontal, Window::position);
    let mut maximum: Option<Tensor<(usize, usize), E, D>> = None;
    for tap in 0..geometry.taps() {
        let index: Vec<usize> = positions[tap..].iter().step_by(geometry.taps()).copied().collect();
        let index = device.try_tensor_from_vec(index, (geometry.output_plane(),))?;
        let value: Tensor<(usize, usize), E, D, T> = x.retaped::<T>().try_gather(index)?;
        let (value, value_tape) = value.split_tape();
        tape = tape.merge(value_tape);
        maximum = Some(match maximum {
            None => value,
            Some(maximum) => {
                // Not (value ≤ maximum), so that a NaN that comes is chosen, and kept unless another comes.
                let keep = value.try_le(&maximum)? | (maximum.try_ne(&maximum)? & value.try_eq(&value)?);
                let (chosen, chosen_tape) = keep.try_choose(maximum.put_tape(tape), value)?.split_tape();
                tape = chosen_tape;
                chosen
            }
        });
    }
    let y = maximum.expect("a window has at least one tap").put_tape(tape);
    y.try_permute::<(usize, usize), Axes2<1, 0>>()?.try_reshape_like(&output)
}
