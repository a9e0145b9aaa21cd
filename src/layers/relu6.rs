//! `ReLU6`.

use crate::ops::activation;
use crate::layer::layer;

/// The rectified linear unit that stops at 6: y = min(max(x, 0), 6), each element by itself.
///
/// The derivative at 0 and at 6 is taken as 0.
///
/// # Shapes
/// any → the same
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<3>, ReLU6);
/// let dev = Cpu::default();
/// let y = Net::build(&dev)?.try_forward(dev.tensor([-1.0, 2.0, 9.0]))?;
/// assert_eq!(y.array(), [0.0, 2.0, 6.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: Krizhevsky, *Convolutional Deep Belief Networks on CIFAR-10*, 2010;
/// [`torch.nn.ReLU6`](https://pytorch.org/docs/stable/generated/torch.nn.ReLU6.html).
#[layer]
pub struct ReLU6;

activation!(ReLU6: |_| activation::Relu6);
