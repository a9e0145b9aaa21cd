//! `LeakyReLU`.

use crate::ops::activation;
use crate::layer::layer;

/// The leaky rectified linear unit: y = x where x > 0, and negative_slope · x elsewhere.
///
/// `LeakyReLU<negative_slope = 0.01>`. The derivative at 0 is taken as negative_slope.
///
/// # Shapes
/// any → the same
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<3>, LeakyReLU<0.5>);
/// let dev = Cpu::default();
/// assert_eq!(Net::build(&dev)?.try_forward(dev.tensor([-1.0, 0.0, 2.0]))?.array(), [-0.5, 0.0, 2.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: Maas, Hannun and Ng, *Rectifier Nonlinearities Improve Neural Network Acoustic Models*, 2013;
/// [`torch.nn.LeakyReLU`](https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html).
#[layer(negative_slope: float = 0.01)]
pub struct LeakyReLU;

activation!(LeakyReLU: |call| activation::LeakyRelu { negative_slope: call.float(0) });
