//! Inverted dropout.
//!
//! ```text
//! y = x · mask / (1 − probability)        mask = 0 with the given probability, else 1
//! ```
//!
//! With probability 1 the output is zero. The mask is computed from a seed, which is drawn from the device's random generator. So
//! a device with a fixed seed always draws the same masks, with any number of threads. (Different types of devices draw different
//! masks.)
//!
//! # Shapes
//!
//! The output has the input's shape.

mod cpu;
pub mod portable;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Cpu, CpuError, Device, Dtype, HasShape, PutTape, RandomU64, SplitTape, Tape, Tensor, ZerosTensor};

use super::cpu::{Recorded, Slot, backward, flat, read, shaped, slot, write};
use super::once::once;
use super::{Element, InputTape, TapeDevice};
use crate::parameters::AnyShape;

/// A device that computes dropout.
pub trait DropoutKernel<E: Dtype>: Device<E> + TapeDevice<E> {
    /// Drops each element with the given probability, from 0 to 1: see [the module](self).
    fn try_dropout<S: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<S, E, Self, T>,
        probability: f64,
    ) -> Result<Tensor<S, E, Self, T>, Self::Err> {
        portable::dropout(x, probability)
    }
}

impl<E: Element> DropoutKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_dropout<S: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<S, E, Self, T>,
        probability: f64,
    ) -> Result<Tensor<S, E, Self, T>, CpuError> {
        let shape = *x.shape();
        shaped(drop_out(flat(x)?, probability)?, &shape)
    }
}

/// The operation on flat tensors.
#[once]
fn drop_out<E: Element>(x: Recorded<E>, probability: f64) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let (x, mut tape) = x.split_tape();
    let mask = cpu::Mask::new(x.device().random_u64(), probability);
    let mut y = x.device().try_zeros_like(x.shape())?;
    cpu::add(mask, read(&x), write(&mut y));

    if tape.is_recording() {
        let (x_slot, y_slot) = (slot(&x), slot(&y));
        tape.add_backward_op(move |gradients| {
            backward(gradients, &y_slot, |upstream, gradients| {
                cpu::add(mask, upstream, x_slot.gradient(gradients)?);
                Ok(())
            })
        });
    }
    Ok(y.put_tape(tape))
}
