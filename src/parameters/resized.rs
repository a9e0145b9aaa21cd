//! Parameters whose sizes in files aren't those of their types.

use dfdx::shapes::Dtype;
use dfdx::tensor_ops::Device;

use super::{AnyTensor, ParameterTensor};

/// A parameter that has these sizes wherever it is seen without its type: in files, and by optimizers. `R` is a reference to it.
#[doc(hidden)]
pub struct Resized<R> {
    tensor: R,
    sizes: Vec<usize>,
}

impl<R> Resized<R> {
    pub fn new(tensor: R, sizes: &[usize]) -> Self {
        Resized { tensor, sizes: sizes.to_vec() }
    }
}

impl<E: Dtype, D: Device<E>, T: ParameterTensor<E, D>> ParameterTensor<E, D> for Resized<&T> {
    fn share(&self) -> AnyTensor<E, D> {
        self.tensor.share().reshaped(&self.sizes)
    }

    fn put(&mut self, _: AnyTensor<E, D>) {
        unreachable!("a walk that only reads replaces nothing")
    }
}

impl<E: Dtype, D: Device<E>, T: ParameterTensor<E, D>> ParameterTensor<E, D> for Resized<&mut T> {
    fn share(&self) -> AnyTensor<E, D> {
        self.tensor.share().reshaped(&self.sizes)
    }

    fn put(&mut self, tensor: AnyTensor<E, D>) {
        let sizes = self.tensor.sizes();
        self.tensor.put(tensor.reshaped(&sizes));
    }
}
