//! `GELU`.

use crate::call::Value;
use crate::ops::activation::{self, Function};
use crate::layer::layer;

/// The Gaussian error linear unit: y = x · Φ(x), where Φ is the distribution function of the standard normal
/// distribution, each element by itself.
///
/// `GELU<approximate = None>`; `GELU<approximate = Tanh>` is y = x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).
///
/// # Shapes
/// any → the same
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Exact = network!(Input<2>, GELU<approximate = None>);
/// type Tanhed = network!(Input<2>, GELU<approximate = Tanh>);
/// let dev = Cpu::default();
/// assert_eq!(Exact::build(&dev)?.try_forward(dev.tensor([0.0, 100.0]))?.array(), [0.0, 100.0]);
/// assert_eq!(Tanhed::build(&dev)?.try_forward(dev.tensor([0.0, 100.0]))?.array(), [0.0, 100.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: Hendrycks and Gimpel, *Gaussian Error Linear Units*, 2016;
/// [`torch.nn.GELU`](https://pytorch.org/docs/stable/generated/torch.nn.GELU.html).
#[layer(*, approximate: word(None | Tanh) = None)]
pub struct GELU;

activation!(GELU: |call| match call.value(0) {
        Value::Word("Tanh") => Function::from(activation::GeluTanh),
        _ => activation::Gelu.into(),
    });
