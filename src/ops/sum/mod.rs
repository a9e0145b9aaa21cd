//! The sum of all elements.
//!
//! ```text
//! y = Σ_i x[i]
//! ```
//!
//! dfdx adds elements one by one: in single precision, a sum of ones never exceeds 2²⁴. Here the error grows with the logarithm
//! of the number of elements, and is about 1e-7 of the sum.
//!
//! # Shapes
//!
//! The input has any shape, and the output is a scalar. The sum of no elements is 0.

pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, PutTape, SplitTape, Tape, Tensor, ZerosTensor};

use super::cpu::{Recorded, Slot, backward, flat, read, shaped, slot, write};
use super::once::once;
use super::{Element, InputTape, TapeDevice};
use crate::parameters::AnyShape;

/// The sum of all elements.
#[once]
fn forward<E: Element>(input: &[E]) -> E {
    super::sums::sum(input)
}

/// A device that sums tensors.
pub trait SumKernel<E: Dtype>: Device<E> + TapeDevice<E> {
    /// The sum of all elements: see [the module](self).
    fn try_sum_all<S: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<S, E, Self, T>,
    ) -> Result<Tensor<(), E, Self, T>, Self::Err> {
        portable::sum(x)
    }
}

impl<E: Element> SumKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_sum_all<S: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<S, E, Self, T>,
    ) -> Result<Tensor<(), E, Self, T>, CpuError> {
        shaped(sum(flat(x)?)?, &())
    }
}

/// The operation on flat tensors.
#[once]
fn sum<E: Element>(x: Recorded<E>) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let (x, mut tape) = x.split_tape();
    let mut y = x.device().try_zeros_like(&(1, 1))?;
    write(&mut y)[0] = forward(read(&x));

    if tape.is_recording() {
        let (x_slot, y_slot) = (slot(&x), slot(&y));
        tape.add_backward_op(move |gradients| {
            backward(gradients, &y_slot, |upstream, gradients| {
                x_slot.gradient(gradients)?.iter_mut().for_each(|gradient| *gradient += upstream[0]);
                Ok(())
            })
        });
    }
    Ok(y.put_tape(tape))
}
