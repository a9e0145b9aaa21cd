//! The compiler's message for a backward pass without a tape.

use crate::error::Result;
use dfdx::shapes::Shape;
use dfdx::tensor::{Gradients, NoneTape, Storage, Tensor};

/// A tensor without a tape has no backward pass: this trait exists for the compiler's message, and its methods never
/// run.
///
/// dfdx's `Backward`, which tensors with a tape implement, has the same methods.
pub trait WithoutTape<E, D: Storage<E>>: Sized {
    /// The gradients. This method can't be called.
    fn backward(self) -> Gradients<E, D>
    where
        Self: HasTape<E, D>,
    {
        self.gradients()
    }

    /// The gradients. This method can't be called.
    ///
    /// # Errors
    /// None, because it can't be called.
    fn try_backward(self) -> Result<Gradients<E, D>>
    where
        Self: HasTape<E, D>,
    {
        Ok(self.gradients())
    }
}

impl<S: Shape, E, D: Storage<E>> WithoutTape<E, D> for Tensor<S, E, D, NoneTape> {}

/// A trait that no tensor without a tape implements.
#[diagnostic::on_unimplemented(
    message = "no operation was recorded for the backward pass: this `{Self}` has no tape",
    label = "a tensor without a tape has no gradients",
    note = "gradients are collected from the network's input on: `net.train((x, net.alloc_grads()))` in place of `net.train(x)`"
)]
pub trait HasTape<E, D: Storage<E>> {
    /// The gradients.
    fn gradients(self) -> Gradients<E, D>;
}
