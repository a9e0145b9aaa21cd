//! Two-dimensional upsampling, as `torch.nn.functional.interpolate` does it.
//!
//! Each axis is [stretched](Stretch): output position `i` lies at `p(i)` in the input, and with the neighbours `l` and
//! `h` of that and its distance `λ` from `l`,
//!
//! ```text
//! y[n, i, j] = (1 − λ i) · (1 − λ j) · x[n, l i, l j]  +  (1 − λ i) · λ j · x[n, l i, h j]
//!            +       λ i · (1 − λ j) · x[n, h i, l j]  +        λ i · λ j · x[n, h i, h j]
//! ```
//!
//! The [`Mode`] says where `p(i)` is. Any size can come out, a smaller one too, but then values in between count nothing:
//! adaptive average pooling is what averages them.
//!
//! # Shapes
//!
//! The input has the elements `(planes, height, width)` in this order, the output `(planes, output height, output
//! width)`; planes are examples times channels.

mod cpu;
pub mod portable;
mod stretch;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, PutTape, Shape, SplitTape, Tape, Tensor, ZerosTensor};
use serde::{Deserialize, Serialize};

pub(super) use stretch::Source;
pub use stretch::Stretch;

use super::cpu::{Recorded, Slot, backward, flat, read, shaped, slot, write};
use super::once::once;
use super::record::{Operation, records};
use super::sizes::expect;
use super::{Element, InputTape, Upload};

/// Where an output position lies in the input, and what it takes from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// The value at `⌊i · input / output⌋`.
    Nearest,
    /// The values on both sides, on each axis, in proportion to how near they are.
    Bilinear {
        /// Whether the centres of the outermost positions lie on those of the input, so that `p(i) = i · (input − 1) /
        /// (output − 1)`. Else their edges do: `p(i) = (i + ½) · input / output − ½`, where that lies inside.
        align_corners: bool,
    },
}

/// All the sizes of an upsampling.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpsampleGeometry {
    /// How many images there are: examples times channels.
    pub planes: usize,
    /// How the height is stretched.
    pub vertical: Stretch,
    /// How the width is stretched.
    pub horizontal: Stretch,
    /// How values are found.
    pub mode: Mode,
}

impl UpsampleGeometry {
    /// How many positions an image has.
    pub(super) fn input_plane(&self) -> usize {
        self.vertical.input * self.horizontal.input
    }

    /// How many positions an upsampled image has.
    pub(super) fn output_plane(&self) -> usize {
        self.vertical.output * self.horizontal.output
    }

    fn check(&self, input: usize, output: usize) {
        expect("input", input, &[self.planes, self.vertical.input, self.horizontal.input], self);
        expect("output", output, &[self.planes, self.vertical.output, self.horizontal.output], self);
    }
}

/// A device with two-dimensional upsampling.
pub trait UpsampleKernel<E: Dtype>: Device<E> + Upload {
    /// Stretches each image: see [the module](self).
    fn try_upsample<X: Shape, Y: Shape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &UpsampleGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        portable::upsample(x, output, geometry)
    }
}

impl<E: Element> UpsampleKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_upsample<X: Shape, Y: Shape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: Y,
        geometry: &UpsampleGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, CpuError> {
        shaped(upsample(flat(x)?, output.num_elements(), geometry)?, &output)
    }
}

/// The operation on flat tensors.
#[once]
fn upsample<E: Element>(x: Recorded<E>, outputs: usize, geometry: &UpsampleGeometry) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let (x, mut tape) = x.split_tape();
    let mut y = x.device().try_zeros_like(&(outputs,))?;
    geometry.check(read(&x).len(), read(&y).len());
    if !records(&[read(&x)], &mut y, || Operation::Upsample(*geometry)) {
        cpu::forward(geometry, read(&x), write(&mut y));
    }

    if tape.is_recording() {
        let geometry = *geometry;
        let (x_slot, y_slot) = (slot(&x), slot(&y));
        tape.add_backward_op(move |gradients| {
            backward(gradients, &y_slot, |upstream, gradients| {
                cpu::input_gradient(&geometry, upstream, x_slot.gradient(gradients)?);
                Ok(())
            })
        });
    }
    Ok(y.put_tape(tape))
}
