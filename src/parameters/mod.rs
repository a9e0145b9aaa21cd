//! What a network holds: its parameters, running statistics and counts, by name.
//!
//! [`Parameters`] is what each module implements, mostly by `#[derive(Module)]`: how it is made, and which tensors it shows to whoever
//! walks over them. There is one walk, and saving, loading, optimizers, gradients and moving averages are its visitors. A visitor is
//! a trait object and sees tensors without the sizes in their types ([`AnyTensor`]), so that it isn't compiled again for each
//! network, nor for each shape.

mod any_tensor;
mod made_of;
mod of_dfdx;
mod scalar;
mod tensor;
#[cfg(test)]
mod tests;
mod walk;

pub use any_tensor::AnyTensor;
pub use of_dfdx::OfDfdx;
pub use scalar::Scalar;
pub use tensor::{InitialTensor, ParameterTensor};
pub use walk::{Visitor, VisitorMut, Walk, WalkMut};

pub(crate) use any_tensor::each_rank;
pub(crate) use made_of::made_of;
pub(crate) use tensor::optional;
pub(crate) use walk::{visit, visit_mut};

use dfdx::shapes::Dtype;
use dfdx::tensor_ops::Device;

/// A module: tensors under their names, in an order that never changes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no module of parameters on `{D}` with `{E}`",
    note = "a layer's module has `#[derive(Module)]`, a module of dfdx's is wrapped: `OfDfdx<…>`"
)]
pub trait Parameters<E: Dtype, D: Device<E>>: Sized {
    /// A module with its initial values.
    ///
    /// # Errors
    /// If the device fails, mostly for want of memory.
    fn try_new(device: &D) -> Result<Self, D::Err>;

    /// Shows each tensor and each number.
    fn walk(&self, walk: &mut Walk<'_, E, D>);

    /// As [`walk`](Parameters::walk), to be changed.
    fn walk_mut(&mut self, walk: &mut WalkMut<'_, E, D>);
}
