//! The walk over what a module holds.

use dfdx::shapes::Dtype;
use dfdx::tensor::Storage;
use dfdx::tensor_ops::Device;

use super::{ParameterTensor, Parameters, Scalar};
use crate::error::Result;

/// Sees what a module holds.
pub trait Visitor<E: Dtype, D: Storage<E>> {
    /// Sees a tensor of that path, which optimizers move if it trains.
    ///
    /// # Errors
    /// Its own, which end the walk.
    fn tensor(&mut self, path: &str, tensor: &dyn ParameterTensor<E, D>, trains: bool) -> Result<()>;

    /// Sees a number that isn't a tensor.
    ///
    /// # Errors
    /// Its own, which end the walk.
    fn scalar(&mut self, path: &str, scalar: &dyn Scalar) -> Result<()> {
        let _ = (path, scalar);
        Ok(())
    }
}

/// Changes what a module holds.
pub trait VisitorMut<E: Dtype, D: Storage<E>> {
    /// Sees a tensor of that path, which optimizers move if it trains.
    ///
    /// # Errors
    /// Its own, which end the walk.
    fn tensor(&mut self, path: &str, tensor: &mut dyn ParameterTensor<E, D>, trains: bool) -> Result<()>;

    /// Sees a number that isn't a tensor.
    ///
    /// # Errors
    /// Its own, which end the walk.
    fn scalar(&mut self, path: &str, scalar: &mut dyn Scalar) -> Result<()> {
        let _ = (path, scalar);
        Ok(())
    }
}

/// Where a walk is: the names of the modules around, with points between.
#[derive(Default)]
struct Path(String);

impl Path {
    /// Goes into what has that name, or none; what it returns leads back.
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

/// A visitor on its way. When it has failed, it sees nothing more.
pub struct Walk<'a, E: Dtype, D: Storage<E>> {
    path: Path,
    visitor: &'a mut dyn Visitor<E, D>,
    result: Result<()>,
}

impl<E: Dtype, D: Storage<E>> Walk<'_, E, D> {
    /// Walks over a module. One without a name adds nothing to its tensors' paths.
    pub fn module<M: Parameters<E, D>>(&mut self, name: &str, module: &M)
    where
        D: Device<E>,
    {
        let before = self.path.enter(name);
        module.walk(self);
        self.path.0.truncate(before);
    }

    /// Shows a tensor.
    pub fn tensor(&mut self, name: &str, tensor: &dyn ParameterTensor<E, D>, trains: bool) {
        let before = self.path.enter(name);
        if self.result.is_ok() {
            self.result = self.visitor.tensor(&self.path.0, tensor, trains);
        }
        self.path.0.truncate(before);
    }

    /// Shows a number that isn't a tensor.
    pub fn scalar(&mut self, name: &str, scalar: &dyn Scalar) {
        let before = self.path.enter(name);
        if self.result.is_ok() {
            self.result = self.visitor.scalar(&self.path.0, scalar);
        }
        self.path.0.truncate(before);
    }
}

/// A visitor on its way, who changes what it sees. When it has failed, it sees nothing more.
pub struct WalkMut<'a, E: Dtype, D: Storage<E>> {
    path: Path,
    visitor: &'a mut dyn VisitorMut<E, D>,
    result: Result<()>,
}

impl<E: Dtype, D: Storage<E>> WalkMut<'_, E, D> {
    /// Walks over a module. One without a name adds nothing to its tensors' paths.
    pub fn module<M: Parameters<E, D>>(&mut self, name: &str, module: &mut M)
    where
        D: Device<E>,
    {
        let before = self.path.enter(name);
        module.walk_mut(self);
        self.path.0.truncate(before);
    }

    /// Shows a tensor.
    pub fn tensor(&mut self, name: &str, tensor: &mut dyn ParameterTensor<E, D>, trains: bool) {
        let before = self.path.enter(name);
        if self.result.is_ok() {
            self.result = self.visitor.tensor(&self.path.0, tensor, trains);
        }
        self.path.0.truncate(before);
    }

    /// Shows a number that isn't a tensor.
    pub fn scalar(&mut self, name: &str, scalar: &mut dyn Scalar) {
        let before = self.path.enter(name);
        if self.result.is_ok() {
            self.result = self.visitor.scalar(&self.path.0, scalar);
        }
        self.path.0.truncate(before);
    }
}

/// Shows a visitor all that a module holds.
pub(crate) fn visit<E: Dtype, D: Device<E>>(
    module: &impl Parameters<E, D>,
    visitor: &mut dyn Visitor<E, D>,
) -> Result<()> {
    let mut walk = Walk { path: Path::default(), visitor, result: Ok(()) };
    module.walk(&mut walk);
    walk.result
}

/// As [`visit`], for one who changes it.
pub(crate) fn visit_mut<E: Dtype, D: Device<E>>(
    module: &mut impl Parameters<E, D>,
    visitor: &mut dyn VisitorMut<E, D>,
) -> Result<()> {
    let mut walk = WalkMut { path: Path::default(), visitor, result: Ok(()) };
    module.walk_mut(&mut walk);
    walk.result
}
