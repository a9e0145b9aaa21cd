//! Rows of a matrix, looked up by their indices.
//!
//! ```text
//! y[i, j] = weight[index[i], j]
//! ```
//!
//! The gradient of the weight is the sum of the gradients of all outputs that a row was looked up for. On the CPU a backward pass
//! touches those rows alone, beside what it costs to have a gradient of the whole weight.
//!
//! # Shapes
//!
//! | tensor   | elements, in this order |
//! |----------|-------------------------|
//! | indices  | `(count)`               |
//! | `weight` | `(rows, width)`         |
//! | output   | `(count, width)`        |

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, PutTape, SplitTape, Tape, Tensor};
use serde::{Deserialize, Serialize};

use super::cpu::{Recorded, Slot, backward, flat, read, shaped, slot};
use super::once::once;
use super::record;
use super::sizes::expect;
use super::{Element, InputTape, TapeDevice, Upload};
use crate::parameters::AnyShape;

/// All the sizes of a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbeddingGeometry {
    /// How many rows the matrix has.
    pub rows: usize,
    /// How long a row is.
    pub width: usize,
}

impl EmbeddingGeometry {
    fn check(&self, indices: &[usize], weight: usize, output: usize) {
        expect("weight", weight, &[self.rows, self.width], self);
        expect("output", output, &[indices.len(), self.width], self);
        let beyond = indices.iter().find(|index| **index >= self.rows);
        assert!(beyond.is_none(), "index {beyond:?} is beyond the rows of {self:?}");
    }
}

/// A device that looks up rows.
pub trait EmbeddingKernel<E: Dtype>: Device<E> + TapeDevice<E> + Upload {
    /// Looks up the rows of a matrix: see [the module](self). Operations are recorded on the weight's tape.
    fn try_embedding<W: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        indices: &[usize],
        weight: Tensor<W, E, Self, T>,
        output: Y,
        geometry: &EmbeddingGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err>
    where
        Self: dfdx::tensor::Storage<usize>,
    {
        portable::embedding(indices, weight, output, geometry)
    }
}

impl<E: Element> EmbeddingKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_embedding<W: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        indices: &[usize],
        weight: Tensor<W, E, Self, T>,
        output: Y,
        geometry: &EmbeddingGeometry,
    ) -> Result<Tensor<Y, E, Self, T>, CpuError> {
        shaped(look_up(indices, flat(weight)?, output.num_elements(), geometry)?, &output)
    }
}

/// The operation on flat tensors.
#[once]
fn look_up<E: Element>(
    indices: &[usize],
    weight: Recorded<E>,
    outputs: usize,
    geometry: &EmbeddingGeometry,
) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let (weight, mut tape) = weight.split_tape();
    geometry.check(indices, read(&weight).len(), outputs);
    let y = record::lookup(indices, &weight, geometry, |y| cpu::forward(geometry, indices, read(&weight), y))?;

    if tape.is_recording() {
        let (geometry, indices) = (*geometry, indices.to_vec());
        let (weight_slot, y_slot) = (slot(&weight), slot(&y));
        tape.add_backward_op(move |gradients| {
            backward(gradients, &y_slot, |upstream, gradients| {
                cpu::weight_gradient(&geometry, &indices, upstream, weight_slot.gradient(gradients)?);
                Ok(())
            })
        });
    }
    Ok(y.put_tape(tape))
}
