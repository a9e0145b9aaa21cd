//! Parameters: whether they train, and their initial values.

use crate::layer::{Place, Training};
use dfdx::nn::TensorOptions;
use dfdx::shapes::{ConstShape, Dtype};
use dfdx::tensor::Tensor;
use dfdx::tensor_ops::Device;
use rand::Rng;
use rand::distributions::Distribution;

/// A parameter at place `P` with the initial values that `reset` gives it.
pub(super) fn parameter<P: Place, S: ConstShape, E: Dtype, D: Device<E>>(
    reset: fn(&mut Tensor<S, E, D>) -> Result<(), D::Err>,
) -> TensorOptions<S, E, D> {
    let mut options = TensorOptions::reset_with(reset);
    options.do_gradient_update = P::Training::TRAINS;
    options
}

/// The uniform distribution between −bound and bound.
pub(super) struct Uniform {
    bound: f64,
}

impl Uniform {
    /// PyTorch's default for weights and biases of linear layers and convolutions: bound = 1 / √fan_in, where fan_in is
    /// the number of inputs that one output is made of.
    pub(super) fn of_fan_in(fan_in: usize) -> Self {
        Uniform { bound: 1.0 / (fan_in.max(1) as f64).sqrt() }
    }
}

impl<E: Dtype> Distribution<E> for Uniform {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> E {
        let unit: f64 = rng.r#gen();
        E::from_f64(self.bound * (2.0 * unit - 1.0)).unwrap_or_default()
    }
}

/// The field of a parameter that a module has or hasn't, as dfdx's visitors take it: none or one of it.
///
/// `optional!(present, bias, |bias| initial values)`, at place `P`.
macro_rules! optional {
    ($present:expr, $field:ident, $reset:expr) => {
        if $present {
            vec![Self::tensor(
                stringify!($field),
                |module| module.$field.as_ref().expect(concat!("built with its ", stringify!($field))),
                |module| module.$field.as_mut().expect(concat!("built with its ", stringify!($field))),
                $crate::layers::parameter::parameter::<P, _, _, _>($reset),
            )]
        } else {
            Vec::new()
        }
    };
}
pub(super) use optional;
