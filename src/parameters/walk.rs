//! The walk over the tensors and scalars of a module.

use dfdx::shapes::Dtype;
use dfdx::tensor::Storage;
use dfdx::tensor_ops::Device;

use super::{ParameterTensor, Parameters, Scalar};
use crate::error::Result;

/// Visits the tensors and scalars of a module.
pub trait Visitor<E: Dtype, D: Storage<E>> {
    /// Visits a tensor with this path. If `trains` is true, optimizers update it.
    ///
    /// # Errors
    /// Those of the visitor, which end the walk.
    fn tensor(&mut self, path: &str, tensor: &dyn ParameterTensor<E, D>, trains: bool) -> Result<()>;

    /// Visits a scalar that isn't a tensor.
    ///
    /// # Errors
    /// Those of the visitor, which end the walk.
    fn scalar(&mut self, path: &str, scalar: &dyn Scalar) -> Result<()> {
        let _ = (path, scalar);
        Ok(())
    }
}

/// Visits the tensors and scalars of a module, and may change them.
pub trait VisitorMut<E: Dtype, D: Storage<E>> {
    /// Visits a tensor with this path. If `trains` is true, optimizers update it.
    ///
    /// # Errors
    /// Those of the visitor, which end the walk.
    fn tensor(&mut self, path: &str, tensor: &mut dyn ParameterTensor<E, D>, trains: bool) -> Result<()>;

    /// Visits a scalar that isn't a tensor.
    ///
    /// # Errors
    /// Those of the visitor, which end the walk.
    fn scalar(&mut self, path: &str, scalar: &mut dyn Scalar) -> Result<()> {
        let _ = (path, scalar);
        Ok(())
    }
}

/// The position of a walk: the names of the enclosing modules, separated by dots.
#[derive(Default)]
struct Path(String);

impl Path {
    /// Appends a name, if it isn't empty. Returns the length to truncate to afterwards.
    fn enter(&mut self, name: &str) -> usize {
        let before = self.0.len();
        if !name.is_empty() {
            if before > 0 {
                self.0.push('.');
            }
            self.0.push_str(name);
        }
        before
    }
}

/// A walk with a visitor. After an error, the visitor sees nothing more.
pub struct Walk<'a, E: Dtype, D: Storage<E>> {
    path: Path,
    visitor: &'a mut dyn Visitor<E, D>,
    result: Result<()>,
}

impl<E: Dtype, D: Storage<E>> Walk<'_, E, D> {
    /// Walks over a module. A module without a name adds nothing to the paths of its tensors.
    pub fn module<M: Parameters<E, D>>(&mut self, name: &str, module: &M)
    where
        D: Device<E>,
    {
        let before = self.path.enter(name);
        module.walk(self);
        self.path.0.truncate(before);
    }

    /// Passes a tensor to the visitor.
    pub fn tensor(&mut self, name: &str, tensor: &dyn ParameterTensor<E, D>, trains: bool) {
        let before = self.path.enter(name);
        if self.result.is_ok() {
            self.result = self.visitor.tensor(&self.path.0, tensor, trains);
        }
        self.path.0.truncate(before);
    }

    /// Passes a scalar that isn't a tensor to the visitor.
    pub fn scalar(&mut self, name: &str, scalar: &dyn Scalar) {
        let before = self.path.enter(name);
        if self.result.is_ok() {
            self.result = self.visitor.scalar(&self.path.0, scalar);
        }
        self.path.0.truncate(before);
    }
}

/// A walk with a visitor that may change what it sees. After an error, the visitor sees nothing more.
pub struct WalkMut<'a, E: Dtype, D: Storage<E>> {
    path: Path,
    visitor: &'a mut dyn VisitorMut<E, D>,
    result: Result<()>,
}

impl<E: Dtype, D: Storage<E>> WalkMut<'_, E, D> {
    /// Walks over a module. A module without a name adds nothing to the paths of its tensors.
    pub fn module<M: Parameters<E, D>>(&mut self, name: &str, module: &mut M)
    where
        D: Device<E>,
    {
        let before = self.path.enter(name);
        module.walk_mut(self);
        self.path.0.truncate(before);
    }

    /// Passes a tensor to the visitor.
    pub fn tensor(&mut self, name: &str, tensor: &mut dyn ParameterTensor<E, D>, trains: bool) {
        let before = self.path.enter(name);
        if self.result.is_ok() {
            self.result = self.visitor.tensor(&self.path.0, tensor, trains);
        }
        self.path.0.truncate(before);
    }

    /// Passes a scalar that isn't a tensor to the visitor.
    pub fn scalar(&mut self, name: &str, scalar: &mut dyn Scalar) {
        let before = self.path.enter(name);
        if self.result.is_ok() {
            self.result = self.visitor.scalar(&self.path.0, scalar);
        }
        self.path.0.truncate(before);
    }
}

/// Passes all tensors and scalars of a module to a visitor.
pub(crate) fn visit<E: Dtype, D: Device<E>>(
    module: &impl Parameters<E, D>,
    visitor: &mut dyn Visitor<E, D>,
) -> Result<()> {
    let mut walk = Walk { path: Path::default(), visitor, result: Ok(()) };
    module.walk(&mut walk);
    walk.result
}

/// As [`visit`], for a visitor that may change them.
pub(crate) fn visit_mut<E: Dtype, D: Device<E>>(
    module: &mut impl Parameters<E, D>,
    visitor: &mut dyn VisitorMut<E, D>,
) -> Result<()> {
    let mut walk = WalkMut { path: Path::default(), visitor, result: Ok(()) };
    module.walk_mut(&mut walk);
    walk.result
}
