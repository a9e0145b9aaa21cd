//! How operations run on a device.

use dfdx::prelude::{
    Cpu, CpuError, Device, Dtype, HasShape, Merge, PutTape, ReshapeTo, Shape, SplitTape, Tape, Tensor,
};

use super::cpu::{self, Recorded, Slot, backward, read, slot};
use super::once::once;
use super::operation::{Keeps, Kept, Operation};
use super::portable::touched;
use super::wanted::is_wanted;
use super::{Element, InputTape, OptionalTape, TapeDevice, Upload, record};
use crate::parameters::{AnyShape, AnyTensor, each_rank};

/// A tensor's elements in order. How many examples there are doesn't matter.
pub(crate) type Flat<E, D> = Tensor<(usize, usize), E, D, OptionalTape<E, D>>;

/// A device that runs [operations](Operation). What is provided are the portable forms, which run on every device of dfdx's.
pub trait OperationKernel<E: Dtype>: Device<E> + TapeDevice<E> + Upload {
    /// Runs an operation. The output has `outputs` elements, in any shape.
    ///
    /// # Errors
    /// If the device fails, usually because its memory is exhausted.
    ///
    /// # Panics
    /// If the sizes of the operation contradict the lengths of the tensors.
    #[doc(hidden)]
    fn try_operation(
        operation: Operation,
        inputs: Vec<Flat<E, Self>>,
        outputs: usize,
    ) -> Result<Flat<E, Self>, Self::Err> {
        let lengths: Vec<usize> = inputs.iter().map(|input| input.shape().num_elements()).collect();
        operation.geometry().check(&lengths, outputs);
        operation.portable(inputs, outputs)
    }

    /// The same elements in another shape, in order. A tensor may be permuted or broadcast.
    ///
    /// # Errors
    /// If the device fails.
    fn try_reshape<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: &Y,
    ) -> Result<Tensor<Y, E, Self, T>, Self::Err> {
        x.try_reshape_like(output)
    }

    /// An input of an operation.
    ///
    /// # Errors
    /// If the device fails.
    #[doc(hidden)]
    fn try_flat<S: AnyShape, T: InputTape<E, Self>>(x: Tensor<S, E, Self, T>) -> Result<Flat<E, Self>, Self::Err> {
        let (x, tape) = x.split_tape();
        let tape = tape.into_optional();
        Ok(match S::erase(x) {
            AnyTensor::Rank2(x) => x.put_tape(tape),
            x => each_rank!(x, x => {
                let length = x.shape().num_elements();
                let x = x.put_tape(tape);
                if length > 0 {
                    Self::try_reshape(x, &(1, length))?
                } else {
                    // dfdx panics when it copies a tensor without elements.
                    let (x, tape) = touched(x).split_tape();
                    x.device().try_zeros_like(&(1, 0))?.put_tape(tape)
                }
            }),
        })
    }

    /// A parameter as an input of an operation.
    ///
    /// # Errors
    /// If the device fails.
    #[doc(hidden)]
    fn try_parameter<S: AnyShape>(parameter: &Tensor<S, E, Self>) -> Result<Flat<E, Self>, Self::Err> {
        Self::try_flat(parameter.retaped::<OptionalTape<E, Self>>())
    }

    /// The output of an operation in its shape.
    ///
    /// # Errors
    /// If the device fails.
    #[doc(hidden)]
    fn try_shaped<S: AnyShape, T: InputTape<E, Self>>(
        y: Flat<E, Self>,
        shape: &S,
    ) -> Result<Tensor<S, E, Self, T>, Self::Err> {
        let (y, tape) = y.try_reshape_like(shape)?.split_tape();
        Ok(y.put_tape(T::of_output(tape)))
    }
}

impl<E: Element> OperationKernel<E> for Cpu
where
    Cpu: Device<E>,
{
    fn try_operation(operation: Operation, inputs: Vec<Recorded<E>>, outputs: usize) -> Result<Recorded<E>, CpuError> {
        run(operation, inputs, outputs)
    }

    fn try_reshape<X: AnyShape, Y: AnyShape, T: InputTape<E, Self>>(
        x: Tensor<X, E, Self, T>,
        output: &Y,
    ) -> Result<Tensor<Y, E, Self, T>, CpuError> {
        cpu::shaped(cpu::flat(x)?, output)
    }

    fn try_flat<S: AnyShape, T: InputTape<E, Self>>(x: Tensor<S, E, Self, T>) -> Result<Recorded<E>, CpuError> {
        cpu::flat(x)
    }

    fn try_shaped<S: AnyShape, T: InputTape<E, Self>>(
        y: Recorded<E>,
        shape: &S,
    ) -> Result<Tensor<S, E, Self, T>, CpuError> {
        cpu::shaped(y, shape)
    }
}

/// Runs an operation by its kernel, and adds its backward pass to the tape. While a plan is recorded, it is recorded instead.
#[once]
fn run<E: Element>(operation: Operation, inputs: Vec<Recorded<E>>, outputs: usize) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let (inputs, tapes): (Vec<_>, Vec<_>) = inputs.into_iter().map(SplitTape::split_tape).unzip();
    let mut tape: OptionalTape<E, Cpu> = tapes.into_iter().reduce(Merge::merge).unwrap_or_default();
    let elements: Vec<&[E]> = inputs.iter().map(read).collect();
    let lengths: Vec<usize> = elements.iter().map(|elements| elements.len()).collect();
    let operator = operation.operator::<E>();
    operator.check(&lengths, outputs);
    let y = record::output(&inputs, outputs, || operation.clone(), |y| operator.forward(&elements, y))?;

    if tape.is_recording() {
        let slots: Vec<_> = inputs.iter().map(|input| is_wanted(read(input)).then(|| slot(input))).collect();
        let (y_slot, keeps) = (slot(&y), operator.keeps());
        let kept_output = (keeps == Keeps::Output).then(|| y.clone());
        let kept_inputs = if keeps == Keeps::Inputs { inputs } else { Vec::new() };
        tape.add_backward_op(move |gradients| {
            let operator = operation.operator::<E>();
            let kept_inputs: Vec<&[E]> = kept_inputs.iter().map(read).collect();
            let kept = Kept { inputs: &kept_inputs, output: kept_output.as_ref().map_or(&[], read) };
            backward(gradients, &y_slot, |upstream, gradients| {
                for (number, slot) in slots.iter().enumerate() {
                    if let Some(slot) = slot {
                        operator.backward(number, &kept, upstream, slot.gradient(gradients)?);
                    }
                }
                Ok(())
            })
        });
    }
    Ok(y.put_tape(tape))
}
