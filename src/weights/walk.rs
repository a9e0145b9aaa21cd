//! The walk over a network's tensors, the same for all that loading does: the compiler makes one for each type of network.

use std::any::Any;

use dfdx::{
    nn::tensor_collection::{
        RecursiveWalker, ScalarOptions, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName,
    },
    shapes::{HasShape, Shape},
    tensor::Tensor,
    tensor_ops::{Device, ReshapeTo},
};
use num_traits::NumCast;

use super::{
    Number, NumberType,
    numbers::{Unfit, scalar_from_bytes, scalar_to_bytes},
};
use crate::{DeviceError, Error, Result};

/// What is done on a walk, without the types of the tensors.
pub trait Errand<E> {
    /// What to do with a tensor of that path and these sizes.
    fn tensor(&mut self, path: &str, sizes: &[usize]) -> Result<ForTensor<E>>;

    /// Takes a copy that was asked for.
    fn copied(&mut self, tensor: Box<dyn Any>) {
        drop(tensor);
    }

    /// What to do with a number of that path and type.
    fn scalar(&mut self, path: &str, number_type: &NumberType) -> Result<ForScalar>;

    /// Takes back what was tried, and whether it fits.
    fn tried(&mut self, name: &str, number_type: NumberType, bytes: Vec<u8>, unfit: Option<Unfit>) {
        drop((name, number_type, bytes, unfit));
    }
}

/// What to do with a tensor.
pub enum ForTensor<E> {
    /// Leave it.
    Nothing,
    /// Make a copy of it, of the same identity, that holds these numbers.
    Copy(Vec<E>),
    /// Put such a copy in its place.
    Put(Box<dyn Any>),
}

/// What to do with a number.
pub enum ForScalar {
    /// Leave it.
    Nothing,
    /// See whether it can be what is in these bytes.
    Try { name: String, number_type: NumberType, bytes: Vec<u8>, round: bool },
    /// Let it be what is in these bytes.
    Put(NumberType, Vec<u8>),
}

/// Goes through all tensors of a module.
pub fn walk<E, D, M>(module: &mut M, errand: &mut dyn Errand<E>) -> Result<()>
where
    E: Number,
    D: Device<E>,
    D::Err: DeviceError,
    M: TensorCollection<E, D>,
{
    M::iter_tensors(&mut RecursiveWalker { m: (module, String::new()), f: &mut Walk(errand) })?;
    Ok(())
}

struct Walk<'a, E>(&'a mut dyn Errand<E>);

impl<E: Number, D: Device<E>> TensorVisitor<E, D> for Walk<'_, E>
where
    D::Err: DeviceError,
{
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = Error;
    type E2 = E;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, E, D>,
        (tensor, path): (&mut Tensor<S, E, D>, String),
    ) -> Result<Option<Tensor<S, E, D>>> {
        let sizes: Vec<usize> = tensor.shape().concrete().into_iter().collect();
        match self.0.tensor(&path, &sizes)? {
            ForTensor::Nothing => {}
            ForTensor::Copy(numbers) => {
                // `copy_from` fills memory as it lies; in a permuted tensor that isn't the order of its elements.
                // The copy is of the same identity, and the network's own numbers stay where they are.
                let mut copy = tensor.clone().try_contiguous()?;
                copy.copy_from(&numbers);
                self.0.copied(Box::new(copy));
            }
            ForTensor::Put(copy) => {
                if let Ok(copy) = copy.downcast() {
                    *tensor = *copy;
                }
            }
        }
        Ok(None)
    }

    fn visit_scalar<N: NumCast>(&mut self, _: ScalarOptions<N>, (number, path): (&mut N, String)) -> Result<Option<N>> {
        match self.0.scalar(&path, &scalar_to_bytes(number).0)? {
            ForScalar::Nothing => {}
            ForScalar::Try { name, number_type, bytes, round } => {
                let unfit = scalar_from_bytes::<N>(&bytes, &number_type, round).err();
                self.0.tried(&name, number_type, bytes, unfit);
            }
            ForScalar::Put(number_type, bytes) => {
                if let Ok(fitting) = scalar_from_bytes(&bytes, &number_type, true) {
                    *number = fitting;
                }
            }
        }
        Ok(None)
    }
}
