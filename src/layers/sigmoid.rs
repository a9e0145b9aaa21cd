//! `Sigmoid`.

use crate::ops::activation;
use crate::layer::layer;

/// The logistic function: y = 1 / (1 + e⁻ˣ), each element by itself.
///
/// # Shapes
/// any → the same
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<1>, Sigmoid);
/// let dev = Cpu::default();
/// assert_eq!(Net::build(&dev)?.try_forward(dev.tensor([0.0]))?.array(), [0.5]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.Sigmoid`](https://pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html).
#[layer]
pub struct Sigmoid;

activation!(Sigmoid: |_| activation::Sigmoid);
