//! The parameters, running statistics and batch counts of a network, by name.
//!
//! [`Parameters`] is implemented by each module, usually by `#[derive(Module)]`. It says how a module is initialized,
//! and which tensors it holds. A walk passes all tensors of a module to a visitor; saving, loading, optimizers,
//! gradients and moving averages are visitors. A visitor is a trait object and sees tensors whose sizes aren't in their
//! types ([`AnyTensor`]), so that it isn't compiled again for each network and each shape.

mod any_tensor;
mod made_of;
mod of_dfdx;
mod resized;
mod scalar;
mod tensor;
#[cfg(test)]
mod tests;
mod walk;

pub use any_tensor::AnyTensor;
pub use of_dfdx::OfDfdx;
#[doc(hidden)]
pub use resized::Resized;
pub use scalar::Scalar;
pub use tensor::{AnyShape, InitialTensor, ParameterTensor};
pub use walk::{Visitor, VisitorMut, Walk, WalkMut};

pub(crate) use any_tensor::each_rank;
pub(crate) use made_of::made_of;
pub(crate) use tensor::optional;
pub(crate) use walk::{visit, visit_mut};

use dfdx::shapes::Dtype;
use dfdx::tensor_ops::Device;

/// A module: named tensors, in an order that never changes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no module of parameters on `{D}` with `{E}`",
    note = "a layer's module has `#[derive(Module)]`, a module of dfdx's is wrapped: `OfDfdx<…>`"
)]
pub trait Parameters<E: Dtype, D: Device<E>>: Sized {
    /// A module with its initial values.
    ///
    /// # Errors
    /// If the device fails, usually because its memory is exhausted.
    fn try_new(device: &D) -> Result<Self, D::Err>;

    /// Passes each tensor and each scalar to the visitor.
    fn walk(&self, walk: &mut Walk<'_, E, D>);

    /// As [`walk`](Parameters::walk), for a visitor that may change them.
    fn walk_mut(&mut self, walk: &mut WalkMut<'_, E, D>);
}
