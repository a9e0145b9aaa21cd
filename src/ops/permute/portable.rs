//! Another order of the axes, composed of dfdx's operations.

use dfdx::prelude::*;

use super::PermuteGeometry;
use crate::ops::portable::zeros;

/// As [`PermuteKernel::try_permute`](super::PermuteKernel::try_permute), on any device.
///
/// One axis after the other is brought to its place, which exchanges two blocks of axes.
pub fn permute<X: Shape, Y: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>>(
    x: Tensor<X, E, D, T>,
    output: Y,
    geometry: &PermuteGeometry,
) -> Result<Tensor<Y, E, D, T>, D::Err> {
    if output.num_elements() == 0 {
        return zeros(x, output);
    }
    let mut order: Vec<usize> = (0..geometry.axes.len()).collect();
    let mut x = x.try_reshape_like(&(1, output.num_elements()))?;
    for (place, &axis) in geometry.axes.iter().enumerate() {
        let Some(now) = order.iter().position(|&other| other == axis).filter(|&now| now != place) else { continue };
        let size = |axes: &[usize]| axes.iter().map(|&axis| geometry.sizes[axis]).product::<usize>();
        let (before, between, after) = (size(&order[..place]), size(&order[place..now]), size(&order[now + 1..]));
        let blocks = x.try_reshape_like(&(before, between, geometry.sizes[axis], after))?;
        let blocks = blocks.try_permute::<(usize, usize, usize, usize), Axes4<0, 2, 1, 3>>()?;
        x = blocks.try_reshape_like(&(1, output.num_elements()))?;
        order.remove(now);
        order.insert(place, axis);
    }
    x.try_reshape_like(&output)
}
