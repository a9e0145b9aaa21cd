//! Addition of two tensors with the same number of elements.
//!
//! ```text
//! y[i] = a[i] + b[i]
//! ```
//!
//! dfdx only adds tensors of the same shape type, and has no gradient if both are the same tensor.
//!
//! # Shapes
//!
//! Both inputs and the output have the same number of elements, in the same order. Their shape types may differ.

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, PutTape, SplitTape, Tape, Tensor, ZerosTensor};

use super::cpu::{Recorded, Slot, backward, flat, joined, read, shaped, slot, write};
use super::once::once;
use super::record::{Operation, records};
use super::{Element, InputTape, TapeDevice};
use crate::parameters::AnyShape;

/// A device that adds tensors.
pub trait AddKernel<E: Dtype>: Device<E> + TapeDevice<E> {
    /// Adds two tensors, which may be the same: see [the module](self).
    fn try_add<A: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        a: Tensor<A, E, Self, T>,
        b: Tensor<B, E, Self, T>,
        output: Y,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        portable::add(a, b, output)
    }
}

impl<E: Element> AddKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_add<A: AnyShape, B: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        a: Tensor<A, E, Self, T>,
        b: Tensor<B, E, Self, T>,
        output: Y,
    ) -> Result<Tensor<Y, E, Self, T>, CpuError> {
        shaped(add(flat(a)?, flat(b)?, output.num_elements())?, &output)
    }
}

/// The operation on flat tensors.
#[once]
fn add<E: Element>(a: Recorded<E>, b: Recorded<E>, outputs: usize) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let (a, tape) = a.split_tape();
    let (b, mut tape) = joined(b, tape);
    assert_eq!(read(&a).len(), outputs, "the first term doesn't fit the output");
    assert_eq!(read(&b).len(), outputs, "the second term doesn't fit the output");
    let mut y = a.device().try_zeros_like(&(1, outputs))?;
    if !records(&[read(&a), read(&b)], &mut y, || Operation::Add) {
        cpu::forward(read(&a), read(&b), write(&mut y));
    }

    if tape.is_recording() {
        let (a_slot, b_slot, y_slot) = (slot(&a), slot(&b), slot(&y));
        tape.add_backward_op(move |gradients| {
            backward(gradients, &y_slot, |upstream, gradients| {
                cpu::add(upstream, a_slot.gradient(gradients)?);
                cpu::add(upstream, b_slot.gradient(gradients)?);
                Ok(())
            })
        });
    }
    Ok(y.put_tape(tape))
}
