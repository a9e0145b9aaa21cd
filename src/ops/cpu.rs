//! Conversions between dfdx's tensors on the [`Cpu`] and the kernels' slices.

use std::mem;
use std::slice;

use dfdx::prelude::{
    Cpu, CpuError, Device, Gradients, HasShape, Merge, PutTape, ReshapeTo, Shape, SplitTape, Tape, Tensor, Unit,
    ZerosTensor,
};

use super::once::once;
use super::record;
use super::{Element, InputTape, OptionalTape};
use crate::parameters::{AnyShape, AnyTensor, each_rank};

/// The index of the last element of a shape that has elements.
fn last<S: Shape>(shape: &S) -> S::Concrete {
    let mut position = shape.concrete();
    for axis in 0..S::NUM_DIMS {
        position[axis] -= 1;
    }
    position
}

/// The elements of a contiguous tensor, in order and without a copy.
///
/// dfdx doesn't expose strides, so the caller must make sure that the tensor is contiguous, with `try_contiguous`. For a tensor
/// that isn't contiguous, this function panics, or returns wrong elements or a wrong order.
pub(crate) fn read<S: Shape, E: Unit, T>(tensor: &Tensor<S, E, Cpu, T>) -> &[E] {
    let length = tensor.shape().num_elements();
    if length == 0 {
        return &[];
    }
    let first: *const E = &tensor[Default::default()];
    let end: *const E = &tensor[last(tensor.shape())];
    assert_eq!(first.addr() + (length - 1) * size_of::<E>(), end.addr(), "a kernel reads contiguous tensors only");
    // SAFETY: dfdx's indexing is bounds-checked and returns elements of one initialized `Vec`. As was just asserted, the first
    // and the last element lie `length - 1` elements apart, so that `Vec` holds `length` elements from `first` on. The result
    // borrows the tensor, and nothing writes to a tensor's data through a shared reference. (Tree Borrows allow a pointer to one
    // element to reach its neighbours; Stacked Borrows don't. dfdx offers no pointer to all elements.)
    unsafe { slice::from_raw_parts(first, length) }
}

/// The elements of a contiguous tensor, in order, for writing. As with [`read`], the tensor must be contiguous.
pub(crate) fn write<S: Shape, E: Unit, T>(tensor: &mut Tensor<S, E, Cpu, T>) -> &mut [E] {
    let length = tensor.shape().num_elements();
    if length == 0 {
        return &mut [];
    }
    // Indexing mutably unshares the data first, so both addresses are those of the tensor's own `Vec`.
    let end = last(tensor.shape());
    let end: *mut E = &mut tensor[end];
    let first: *mut E = &mut tensor[Default::default()];
    assert_eq!(first.addr() + (length - 1) * size_of::<E>(), end.addr(), "a kernel writes contiguous tensors only");
    // SAFETY: As in `read`, `length` initialized elements follow `first` in one `Vec`. Mutable indexing made the tensor the only
    // owner of that `Vec`, and the result borrows the tensor mutably, so no other reference can access it meanwhile.
    unsafe { slice::from_raw_parts_mut(first, length) }
}

/// The elements of a tensor of any shape, in order, with a tape that may be absent. Operations on values of this type are
/// compiled in this library, not in the crates that use it. It has two dimensions, as a value between layers has, so that the code
/// that makes one of the other is the same for all.
pub(crate) type Recorded<E> = Tensor<(usize, usize), E, Cpu, OptionalTape<E, Cpu>>;

/// A tensor's elements, in order, as a flat tensor. If the tensor is contiguous, dfdx treats the result as the same tensor.
pub(crate) fn flat<S: AnyShape, E: Element, T: InputTape<E, Cpu>>(
    tensor: Tensor<S, E, Cpu, T>,
) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    let (tensor, tape) = tensor.split_tape();
    flattened(S::erase(tensor), tape.into_optional())
}

/// As [`flat`], of a tensor whose sizes aren't in its type.
#[once]
pub(super) fn flattened<E: Element>(
    tensor: AnyTensor<E, Cpu>,
    tape: OptionalTape<E, Cpu>,
) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    fn reshaped<S: Shape, E: Element>(
        tensor: Tensor<S, E, Cpu>,
        mut tape: OptionalTape<E, Cpu>,
    ) -> Result<Recorded<E>, CpuError>
    where
        Cpu: Device<E>,
    {
        let length = tensor.shape().num_elements();
        if length > 0 {
            return tensor.put_tape(tape).try_reshape_like(&(1, length));
        }
        // dfdx panics when it copies a tensor without elements.
        let ghost = tensor.ghost();
        tape.add_backward_op(move |gradients| gradients.try_alloc_for(&ghost));
        Ok(tensor.device().try_zeros_like(&(1, 0))?.put_tape(tape))
    }
    let from = record::address(&tensor);
    let tensor = each_rank!(tensor, tensor => reshaped(tensor, tape))?;
    record::copied(from, &tensor);
    Ok(tensor)
}

/// The reverse of [`flattened`], for a tensor without a tape.
#[once]
fn unflattened<E: Element>(
    tensor: Tensor<(usize, usize), E, Cpu>,
    sizes: &[usize],
) -> Result<AnyTensor<E, Cpu>, CpuError>
where
    Cpu: Device<E>,
{
    Ok(match *sizes {
        [] => AnyTensor::Rank0(tensor.try_reshape_like(&())?),
        [a] => AnyTensor::Rank1(tensor.try_reshape_like(&(a,))?),
        [a, b] => AnyTensor::Rank2(tensor.try_reshape_like(&(a, b))?),
        [a, b, c] => AnyTensor::Rank3(tensor.try_reshape_like(&(a, b, c))?),
        [a, b, c, d] => AnyTensor::Rank4(tensor.try_reshape_like(&(a, b, c, d))?),
        [a, b, c, d, e] => AnyTensor::Rank5(tensor.try_reshape_like(&(a, b, c, d, e))?),
        [a, b, c, d, e, f] => AnyTensor::Rank6(tensor.try_reshape_like(&(a, b, c, d, e, f))?),
        _ => unreachable!("a shape has at most six dimensions"),
    })
}

/// As [`flat`], for a parameter. If the parameter must be copied to become contiguous, the copy is recorded on the tape.
pub(crate) fn parameter<S: AnyShape, E: Element>(parameter: &Tensor<S, E, Cpu>) -> Result<Recorded<E>, CpuError>
where
    Cpu: Device<E>,
{
    flat(parameter.retaped::<OptionalTape<E, Cpu>>())
}

/// Takes a tensor's tape off, and merges it into another one.
pub(crate) fn joined<E: Element>(
    tensor: Recorded<E>,
    tape: OptionalTape<E, Cpu>,
) -> (Tensor<(usize, usize), E, Cpu>, OptionalTape<E, Cpu>) {
    let (tensor, own) = tensor.split_tape();
    (tensor, tape.merge(own))
}

/// As [`joined`], for a tensor that may be absent.
pub(crate) fn optional<E: Element>(
    tensor: Option<Recorded<E>>,
    tape: OptionalTape<E, Cpu>,
) -> (Option<Tensor<(usize, usize), E, Cpu>>, OptionalTape<E, Cpu>) {
    match tensor {
        Some(tensor) => {
            let (tensor, tape) = joined(tensor, tape);
            (Some(tensor), tape)
        }
        None => (None, tape),
    }
}

/// The output with its shape, on a tape of the same type as the input's.
pub(crate) fn shaped<S: AnyShape, E: Element, T: InputTape<E, Cpu>>(
    output: Recorded<E>,
    shape: &S,
) -> Result<Tensor<S, E, Cpu, T>, CpuError>
where
    Cpu: Device<E>,
{
    let (output, tape) = output.split_tape();
    Ok(untaped(output, shape)?.put_tape(T::of_output(tape)))
}

/// As [`shaped`], for an output without a tape.
pub(crate) fn untaped<S: AnyShape, E: Element>(
    output: Tensor<(usize, usize), E, Cpu>,
    shape: &S,
) -> Result<Tensor<S, E, Cpu>, CpuError>
where
    Cpu: Device<E>,
{
    Ok(S::restore(unflattened(output, shape.concrete().as_ref())?))
}

/// Locates the gradient of one tensor, without keeping that tensor's data alive.
pub(crate) trait Slot<E: Element>: 'static {
    /// The gradient accumulated so far, which starts as zeros. Callers add to it, because other uses of the tensor add to it,
    /// too.
    fn gradient<'a>(&self, gradients: &'a mut Gradients<E, Cpu>) -> Result<&'a mut Vec<E>, CpuError>;
}

impl<E, F> Slot<E> for F
where
    E: Element,
    F: 'static + for<'a> Fn(&'a mut Gradients<E, Cpu>) -> Result<&'a mut Vec<E>, CpuError>,
{
    fn gradient<'a>(&self, gradients: &'a mut Gradients<E, Cpu>) -> Result<&'a mut Vec<E>, CpuError> {
        self(gradients)
    }
}

/// The slot of a contiguous tensor.
pub(crate) fn slot<S: Shape, E: Element, T>(tensor: &Tensor<S, E, Cpu, T>) -> impl Slot<E> + use<S, E, T> {
    /// Shows the compiler that the result lives as long as the argument.
    fn find<E: Element>(
        find: impl 'static + for<'a> Fn(&'a mut Gradients<E, Cpu>) -> Result<&'a mut Vec<E>, CpuError>,
    ) -> impl Slot<E> {
        find
    }
    // The type of a ghost can't be named, so a closure holds it.
    let ghost = tensor.ghost();
    find(move |gradients| Ok(&mut **gradients.get_or_alloc_mut(&ghost)?))
}

/// Passes the gradient of an operation's output to `propagate`, which adds to the gradients of the inputs.
///
/// Meanwhile the output's gradient is moved out of `gradients`, so that `propagate` can borrow the others one after the other.
/// (Borrowing all at once would be wrong if two inputs are the same tensor.)
pub(crate) fn backward<E: Element>(
    gradients: &mut Gradients<E, Cpu>,
    output: &impl Slot<E>,
    propagate: impl FnOnce(&[E], &mut Gradients<E, Cpu>) -> Result<(), CpuError>,
) -> Result<(), CpuError> {
    let upstream = mem::take(output.gradient(gradients)?);
    let result = propagate(&upstream, gradients);
    *output.gradient(gradients)? = upstream;
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::*;

    #[test]
    fn slices_are_the_elements_in_order() {
        let device = Cpu::default();
        let mut tensor: Tensor<Rank2<2, 3>, f32, _> = device.tensor([[1., 2., 3.], [4., 5., 6.]]);
        let shared = tensor.clone();
        assert_eq!(read(&tensor), [1., 2., 3., 4., 5., 6.]);
        write(&mut tensor)[4] = 7.0;
        assert_eq!(tensor.array(), [[1., 2., 3.], [4., 7., 6.]]);
        assert_eq!(shared.array(), [[1., 2., 3.], [4., 5., 6.]], "a clone doesn't change");
        let transposed = tensor.permute::<Rank2<3, 2>, _>().contiguous();
        assert_eq!(read(&transposed), [1., 4., 2., 7., 3., 6.]);
        assert_eq!(read(&device.tensor(2.5_f64)), [2.5], "a scalar");
        assert!(read(&device.zeros_like::<(usize, usize)>(&(0, 3)) as &Tensor<_, f32, _>).is_empty());
    }

    #[test]
    #[should_panic(expected = "contiguous tensors only")]
    fn a_broadcast_tensor_is_refused() {
        let tensor: Tensor<Rank2<4, 3>, f32, _> = Cpu::default().tensor([1., 2., 3.]).broadcast();
        read(&tensor);
    }
}
