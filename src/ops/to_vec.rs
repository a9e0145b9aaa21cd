//! Reading a tensor of any size.

use dfdx::shapes::{HasShape, Shape};
use dfdx::tensor::{Storage, Tensor};

/// Reads a tensor's elements, also of an empty tensor.
///
/// dfdx's [`as_vec`](Tensor::as_vec) panics on a tensor without elements, such as the output of a network for an empty batch.
/// `to_vec` returns an empty vector there, and the same elements as `as_vec` otherwise.
///
/// ```
/// use shapewright::prelude::*;
///
/// network! { struct Net: Input<4> { Linear<.., 2>, Softmax } }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let none: Tensor<(usize, Const<4>), f32, Cpu> = dev.zeros_like(&(0, Const));
/// let output = Net::build(&dev)?.try_forward(none)?;
/// assert_eq!(output.shape(), &(0, Const::<2>));
/// assert!(output.to_vec().is_empty());
/// # Ok(())
/// # }
/// ```
pub trait ToVec<E> {
    /// The elements in row-major order: the last dimension varies fastest.
    fn to_vec(&self) -> Vec<E>;
}

impl<S: Shape, E, D: Storage<E>, T> ToVec<E> for Tensor<S, E, D, T> {
    fn to_vec(&self) -> Vec<E> {
        if self.shape().num_elements() == 0 { Vec::new() } else { self.as_vec() }
    }
}
