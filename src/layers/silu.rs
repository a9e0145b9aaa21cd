//! `SiLU`.

use crate::ops::activation;
use crate::layer::layer;

/// The sigmoid linear unit, or swish: y = x / (1 + e⁻ˣ), each element by itself.
///
/// # Shapes
/// any → the same
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<2>, SiLU);
/// let dev = Cpu::default();
/// assert_eq!(Net::build(&dev)?.try_forward(dev.tensor([0.0, 100.0]))?.array(), [0.0, 100.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: Elfwing et al., *Sigmoid-Weighted Linear Units*, 2017;
/// [`torch.nn.SiLU`](https://pytorch.org/docs/stable/generated/torch.nn.SiLU.html).
#[layer]
pub struct SiLU;

activation!(SiLU: |_| activation::Silu);
