//! The affine transformation of a fully connected layer.
//!
//! ```text
//! y[n, o] = bias[o] + Σ_i weight[o, i] · x[n, i]
//! ```
//!
//! # Shapes
//!
//! | tensor   | elements, in this order |
//! |----------|-------------------------|
//! | `x`      | `(rows, inputs)`        |
//! | `weight` | `(outputs, inputs)`     |
//! | `bias`   | `(outputs)`             |
//! | output   | `(rows, outputs)`       |

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, PutTape, SplitTape, Tape, Tensor, ZerosTensor};
use serde::{Deserialize, Serialize};

use super::cpu::{Recorded, Slot, backward, flat, joined, optional, parameter, read, shaped, slot, write};
use super::once::once;
use super::record::{Operation, records};
use super::wanted::is_wanted;
use super::{Element, InputTape, TapeDevice};
use crate::parameters::AnyShape;

/// The sizes of an affine transformation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinearGeometry {
    /// The number of vectors that are transformed.
    pub rows: usize,
    /// The number of input features.
    pub inputs: usize,
    /// The number of output features.
    pub outputs: usize,
}

/// A device that computes affine transformations.
pub trait LinearKernel<E: Dtype>: Device<E> + TapeDevice<E> {
    /// Transforms each row: see [the module](self).
    fn try_linear<X: AnyShape, W: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        weight: &Tensor<W, E, Self>,
        bias: Option<&Tensor<B, E, Self>>,
        output: Y,
        geometry: &LinearGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        portable::linear(x, weight, bias, output, geometry)
    }
}

impl<E: Element> LinearKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_linear<X: AnyShape, W: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        weight: &Tensor<W, E, Self>,
        bias: Option<&Tensor<B, E, Self>>,
        output: Y,
        geometry: &LinearGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, CpuError> {
        shaped(
            linear(flat(x)?, parameter(weight)?, bias.map(parameter).transpose()?, output.num_elements(), geometry)?,
            &output,
        )
    }
}

/// The operation on flat tensors.
#[once]
fn linear<E: Element>(
    x: Recorded<E>,
    weight: Recorded<E>,
    bias: Option<Recorded<E>>,
    outputs: usize,
    geometry: &LinearGeometry,
) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let (x, tape) = x.split_tape();
    let (weight, tape) = joined(weight, tape);
    let (bias, mut tape) = optional(bias, tape);
    let mut y = x.device().try_zeros_like(&(1, outputs))?;
    if !records(&[read(&x)], &mut y, || Operation::Linear {
        geometry: *geometry,
        weight: read(&weight).to_vec(),
        bias: bias.as_ref().map(|bias| read(bias).to_vec()),
    }) {
        cpu::forward(geometry, read(&x), read(&weight), bias.as_ref().map(read), write(&mut y));
    }

    if tape.is_recording() {
        let (geometry, wanted) = (*geometry, is_wanted(read(&x)));
        let (x_slot, weight_slot, bias_slot, y_slot) = (slot(&x), slot(&weight), bias.as_ref().map(slot), slot(&y));
        tape.add_backward_op(move |gradients| {
            backward(gradients, &y_slot, |upstream, gradients| {
                if wanted {
                    cpu::input_gradient(&geometry, read(&weight), upstream, x_slot.gradient(gradients)?);
                }
                cpu::weight_gradient(&geometry, read(&x), upstream, weight_slot.gradient(gradients)?);
                if let Some(bias) = bias_slot {
                    cpu::bias_gradient(&geometry, upstream, bias.gradient(gradients)?);
                }
                Ok(())
            })
        });
    }
    Ok(y.put_tape(tape))
}
