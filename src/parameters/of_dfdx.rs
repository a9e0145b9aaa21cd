//! dfdx modules.

use std::convert::Infallible;
use std::ops::{Deref, DerefMut};

use dfdx::nn::BuildModule;
use dfdx::nn::tensor_collection::{
    ModuleVisitor, RecursiveWalker, ScalarOptions, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut,
    ViewTensorName, ViewTensorRef,
};
use dfdx::shapes::{Dtype, HasShape, Shape};
use dfdx::tensor::Tensor;
use dfdx::tensor_ops::{Device, ReshapeTo};
use num_traits::NumCast;

use super::{AnyTensor, ParameterTensor, Parameters, Walk, WalkMut};
use crate::path;

/// A dfdx module as a module of this library: it dereferences to `M`, and holds the same tensors, under dfdx's names.
///
/// ```
/// use shapewright::dfdx::nn::builders;
/// use shapewright::{layer::OfDfdx, prelude::*, weights};
/// # fn main() -> Result<()> {
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("linear.safetensors");
/// let linear = OfDfdx::new(Cpu::default().build_module::<builders::Linear<3, 2>, f32>());
/// weights::save_part(&linear, &path)?;
/// assert_eq!(weights::open(&path)?.tensors().count(), 2); // `weight` and `bias`
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct OfDfdx<M> {
    module: M,
}

impl<M> OfDfdx<M> {
    /// Wraps a module.
    pub fn new(module: M) -> Self {
        OfDfdx { module }
    }

    /// The module.
    pub fn into_inner(self) -> M {
        self.module
    }
}

impl<M> Deref for OfDfdx<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.module
    }
}

impl<M> DerefMut for OfDfdx<M> {
    fn deref_mut(&mut self) -> &mut M {
        &mut self.module
    }
}

impl<E: Dtype, D: Device<E>, M: TensorCollection<E, D>> TensorCollection<E, D> for OfDfdx<M> {
    type To<E2: Dtype, D2: Device<E2>> = OfDfdx<M::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(Self::module("", |module| &module.module, |module| &mut module.module), OfDfdx::new)
    }
}

impl<E, D, M> Parameters<E, D> for OfDfdx<M>
where
    E: Dtype,
    D: Device<E>,
    M: BuildModule<D, E>,
{
    fn try_new(device: &D) -> Result<Self, D::Err> {
        M::try_build(device).map(OfDfdx::new)
    }

    fn walk(&self, walk: &mut Walk<'_, E, D>) {
        let Ok(_) = M::iter_tensors(&mut RecursiveWalker { m: (&self.module, String::new()), f: &mut Seen(walk) });
    }

    fn walk_mut(&mut self, walk: &mut WalkMut<'_, E, D>) {
        let Ok(_) =
            M::iter_tensors(&mut RecursiveWalker { m: (&mut self.module, String::new()), f: &mut Changed(walk) });
    }
}

/// A tensor of any shape, shared as a tensor of one dimension.
struct Flat<S: Shape, E: Dtype, D: Device<E>>(Tensor<S, E, D>);

impl<S: Shape, E: Dtype, D: Device<E>> ParameterTensor<E, D> for Flat<S, E, D> {
    fn sizes(&self) -> Vec<usize> {
        self.0.shape().concrete().into_iter().collect()
    }

    fn share(&self) -> AnyTensor<E, D> {
        AnyTensor::Rank1(self.0.clone().reshape_like(&(self.0.shape().num_elements(),)))
    }

    fn put(&mut self, tensor: AnyTensor<E, D>) {
        if let AnyTensor::Rank1(tensor) = tensor {
            self.0 = tensor.reshape_like(self.0.shape());
        }
    }
}

struct Seen<'a, 'b, E: Dtype, D: Device<E>>(&'a mut Walk<'b, E, D>);

impl<E: Dtype, D: Device<E>> TensorVisitor<E, D> for Seen<'_, '_, E, D> {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = Infallible;
    type E2 = E;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, E, D>,
        (tensor, name): (&Tensor<S, E, D>, String),
    ) -> Result<Option<Tensor<S, E, D>>, Infallible> {
        self.0.tensor(&path::parameter(&name), &Flat(tensor.clone()), options.do_gradient_update);
        Ok(None)
    }

    fn visit_scalar<N: NumCast>(
        &mut self,
        _: ScalarOptions<N>,
        (number, name): (&N, String),
    ) -> Result<Option<N>, Infallible> {
        self.0.scalar(&path::parameter(&name), number);
        Ok(None)
    }
}

struct Changed<'a, 'b, E: Dtype, D: Device<E>>(&'a mut WalkMut<'b, E, D>);

impl<E: Dtype, D: Device<E>> TensorVisitor<E, D> for Changed<'_, '_, E, D> {
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = Infallible;
    type E2 = E;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, E, D>,
        (tensor, name): (&mut Tensor<S, E, D>, String),
    ) -> Result<Option<Tensor<S, E, D>>, Infallible> {
        let mut flat = Flat(tensor.clone());
        self.0.tensor(&path::parameter(&name), &mut flat, options.do_gradient_update);
        *tensor = flat.0;
        Ok(None)
    }

    fn visit_scalar<N: NumCast>(
        &mut self,
        _: ScalarOptions<N>,
        (number, name): (&mut N, String),
    ) -> Result<Option<N>, Infallible> {
        self.0.scalar(&path::parameter(&name), number);
        Ok(None)
    }
}
