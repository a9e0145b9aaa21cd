//! `Mish`.

use crate::layer::layer;
use crate::ops::activation;

/// Mish: y = x · tanh(ln(1 + eˣ)), each element by itself.
///
/// # Shapes
/// any → the same
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<2>, Mish);
/// let dev = Cpu::default();
/// assert_eq!(Net::build(&dev)?.try_forward(dev.tensor([0.0, 100.0]))?.array(), [0.0, 100.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: Misra, *Mish: A Self Regularized Non-Monotonic Activation Function*, 2019;
/// [`torch.nn.Mish`](https://pytorch.org/docs/stable/generated/torch.nn.Mish.html).
#[layer]
pub struct Mish;

activation!(Mish: |_| activation::Mish);
