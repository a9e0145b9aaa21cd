//! `Tanh`.

use crate::ops::activation;
use crate::layer::layer;

/// The hyperbolic tangent: y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), each element by itself.
///
/// # Shapes
/// any → the same
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<2>, Tanh);
/// let dev = Cpu::default();
/// assert_eq!(Net::build(&dev)?.try_forward(dev.tensor([0.0, 100.0]))?.array(), [0.0, 1.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.Tanh`](https://pytorch.org/docs/stable/generated/torch.nn.Tanh.html).
#[layer]
pub struct Tanh;

activation!(Tanh: |_| activation::Tanh);
