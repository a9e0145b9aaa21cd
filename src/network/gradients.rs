//! The gradients of a network's parameters.

use dfdx::shapes::Dtype;
use dfdx::tensor::{Gradients, Storage};

use crate::error::Result;
use crate::ops::Backend;
use crate::parameters::{AnyTensor, ParameterTensor, Parameters, Visitor, visit};

/// Sets the gradients of all trainable parameters to zero. Other gradients will be dropped after each backward pass.
pub(crate) fn zero_gradients<E: Dtype, D: Backend<E>>(
    model: &impl Parameters<E, D>,
    gradients: &mut Gradients<E, D>,
) -> Result<()> {
    for parameter in &retain_gradients(model, gradients)? {
        D::try_zero_gradient(parameter, gradients)?;
    }
    Ok(())
}

/// Returns all trainable parameters, and keeps their gradients. Other gradients will be dropped after each backward
/// pass.
pub(crate) fn retain_gradients<E: Dtype, D: Backend<E>>(
    model: &impl Parameters<E, D>,
    gradients: &mut Gradients<E, D>,
) -> Result<Vec<AnyTensor<E, D>>> {
    let mut trained = Trained(Vec::new());
    visit(model, &mut trained)?;
    D::retain(&trained.0, gradients);
    Ok(trained.0)
}

/// The trainable parameters.
struct Trained<E: Dtype, D: Storage<E>>(Vec<AnyTensor<E, D>>);

impl<E: Dtype, D: Storage<E>> Visitor<E, D> for Trained<E, D> {
    fn tensor(&mut self, _: &str, tensor: &dyn ParameterTensor<E, D>, trains: bool) -> Result<()> {
        if trains {
            self.0.push(tensor.share());
        }
        Ok(())
    }
}
