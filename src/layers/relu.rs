//! `ReLU`.

use crate::ops::activation;
use crate::layer::layer;

/// The rectified linear unit: y = max(x, 0), each element by itself.
///
/// The derivative at 0 is taken as 0.
///
/// # Shapes
/// any → the same
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<3>, ReLU);
/// let dev = Cpu::default();
/// let y = Net::build(&dev)?.try_forward(dev.tensor([-1.0, 0.0, 2.0]))?;
/// assert_eq!(y.array(), [0.0, 0.0, 2.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: Nair and Hinton, *Rectified Linear Units Improve Restricted Boltzmann Machines*, 2010;
/// [`torch.nn.ReLU`](https://pytorch.org/docs/stable/generated/torch.nn.ReLU.html).
#[layer]
pub struct ReLU;

activation!(ReLU: |_| activation::Relu);
