//! Tensors as the fields of a module.

use dfdx::shapes::{ConstDim, ConstShape, Dim, Dtype, HasShape, Shape};
use dfdx::tensor::{Storage, Tensor};
use dfdx::tensor_ops::{Device, RealizeTo};

use super::{AnyTensor, Parameters, Walk, WalkMut};

/// A tensor whose sizes may be in its type.
pub trait ParameterTensor<E: Dtype, D: Storage<E>> {
    /// Its sizes.
    fn sizes(&self) -> Vec<usize> {
        self.share().sizes()
    }

    /// The same tensor without sizes in its type: it shares the storage and the identity.
    fn share(&self) -> AnyTensor<E, D>;

    /// Replaces the tensor.
    ///
    /// # Panics
    /// If the new tensor has other sizes.
    fn put(&mut self, tensor: AnyTensor<E, D>);
}

/// A tensor that can be initialized, because all its sizes are constants.
pub trait InitialTensor<E: Dtype, D: Device<E>>: Sized {
    /// The same tensor type without sizes.
    type Any;

    /// A tensor whose values are set by `init`.
    ///
    /// # Errors
    /// If the device fails, usually because its memory is exhausted.
    fn try_initial(device: &D, init: fn(&mut Self::Any) -> Result<(), D::Err>) -> Result<Self, D::Err>;
}

/// An optional parameter, without sizes in its type.
pub(crate) fn optional<T, E, D>(tensor: &Option<T>) -> Option<&dyn ParameterTensor<E, D>>
where
    T: ParameterTensor<E, D>,
    E: Dtype,
    D: Storage<E>,
{
    tensor.as_ref().map(|tensor| tensor as &dyn ParameterTensor<E, D>)
}

fn misfit(sizes: &[usize]) -> ! {
    panic!("a parameter keeps its shape, but received {sizes:?}")
}

/// A shape whose tensors lose the sizes in their types, and get them back.
pub trait AnyShape: Shape {
    /// The same tensor without the sizes in its type: its values are shared, and its identity stays.
    fn erase<E: Dtype, D: Storage<E>>(tensor: Tensor<Self, E, D>) -> AnyTensor<E, D>;

    /// The reverse.
    ///
    /// # Panics
    /// If the tensor has other sizes.
    fn restore<E: Dtype, D: Storage<E>>(tensor: AnyTensor<E, D>) -> Tensor<Self, E, D>;
}

/// A tensor of a rank, with the values that `init` gives it.
fn filled<S: Shape, E: Dtype, D: Device<E>>(
    device: &D,
    sizes: S,
    init: fn(&mut Tensor<S, E, D>) -> Result<(), D::Err>,
) -> Result<Tensor<S, E, D>, D::Err> {
    let mut tensor = device.try_zeros_like(&sizes)?;
    init(&mut tensor)?;
    Ok(tensor)
}

macro_rules! parameter_tensors {
    ($($rank:ident $get:ident ($($dim:ident: $size:ty),*);)*) => {$(
        impl<$($dim: Dim),*> AnyShape for ($($dim,)*) {
            fn erase<Unit: Dtype, On: Storage<Unit>>(tensor: Tensor<Self, Unit, On>) -> AnyTensor<Unit, On> {
                match tensor.try_realize::<($($size,)*)>() {
                    Ok(shared) => AnyTensor::$rank(shared),
                    Err(_) => unreachable!("any size is a `usize`"),
                }
            }

            fn restore<Unit: Dtype, On: Storage<Unit>>(tensor: AnyTensor<Unit, On>) -> Tensor<Self, Unit, On> {
                match tensor.$get().try_realize() {
                    Ok(tensor) => tensor,
                    Err(tensor) => misfit(tensor.shape().concrete().as_ref()),
                }
            }
        }

        impl<$($dim: ConstDim,)* E: Dtype, D: Device<E>> InitialTensor<E, D> for Tensor<($($dim,)*), E, D> {
            type Any = Tensor<($($size,)*), E, D>;

            fn try_initial(device: &D, init: fn(&mut Self::Any) -> Result<(), D::Err>) -> Result<Self, D::Err> {
                let tensor = filled(device, ($($dim::SIZE as $size,)*), init)?;
                Ok(<($($dim,)*) as AnyShape>::restore(AnyTensor::$rank(tensor)))
            }
        }
    )*};
}

parameter_tensors! {
    Rank0 rank0 ();
    Rank1 rank1 (A: usize);
    Rank2 rank2 (A: usize, B: usize);
    Rank3 rank3 (A: usize, B: usize, C: usize);
    Rank4 rank4 (A: usize, B: usize, C: usize, F: usize);
    Rank5 rank5 (A: usize, B: usize, C: usize, F: usize, G: usize);
    Rank6 rank6 (A: usize, B: usize, C: usize, F: usize, G: usize, H: usize);
}

impl<S: AnyShape, E: Dtype, D: Storage<E>> ParameterTensor<E, D> for Tensor<S, E, D> {
    fn share(&self) -> AnyTensor<E, D> {
        S::erase(self.clone())
    }

    fn put(&mut self, tensor: AnyTensor<E, D>) {
        *self = S::restore(tensor);
    }
}

/// A tensor by itself is a parameter without a name, initialized with zeros.
impl<S: ConstShape, E: Dtype, D: Device<E>> Parameters<E, D> for Tensor<S, E, D>
where
    Self: ParameterTensor<E, D>,
{
    fn try_new(device: &D) -> Result<Self, D::Err> {
        device.try_zeros_like(&S::default())
    }

    fn walk(&self, walk: &mut Walk<'_, E, D>) {
        walk.tensor("", self, true);
    }

    fn walk_mut(&mut self, walk: &mut WalkMut<'_, E, D>) {
        walk.tensor("", self, true);
    }
}

macro_rules! tuples {
    ($(($($module:ident $number:tt),+);)+) => {$(
        /// The modules of a tuple are named by their positions.
        impl<E: Dtype, D: Device<E>, $($module: Parameters<E, D>),+> Parameters<E, D> for ($($module,)+) {
            fn try_new(device: &D) -> Result<Self, D::Err> {
                Ok(($($module::try_new(device)?,)+))
            }

            fn walk(&self, walk: &mut Walk<'_, E, D>) {
                $(walk.module(stringify!($number), &self.$number);)+
            }

            fn walk_mut(&mut self, walk: &mut WalkMut<'_, E, D>) {
                $(walk.module(stringify!($number), &mut self.$number);)+
            }
        }
    )+};
}

tuples! {
    (M0 0);
    (M0 0, M1 1);
    (M0 0, M1 1, M2 2);
    (M0 0, M1 1, M2 2, M3 3);
    (M0 0, M1 1, M2 2, M3 3, M4 4);
    (M0 0, M1 1, M2 2, M3 3, M4 4, M5 5);
}
