//! `Hardswish`.

use crate::ops::activation;
use crate::layer::layer;

/// The sigmoid linear unit made of simple pieces: y = x · min(max(x + 3, 0), 6) / 6, each element by itself.
///
/// The derivative at −3 is taken as 0, and at 3 as 1.
///
/// # Shapes
/// any → the same
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<3>, Hardswish);
/// let dev = Cpu::default();
/// let y = Net::build(&dev)?.try_forward(dev.tensor([-9.0, 0.0, 9.0]))?;
/// assert_eq!(y.array(), [0.0, 0.0, 9.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: Howard et al., [*Searching for MobileNetV3*](https://arxiv.org/abs/1905.02244), 2019;
/// [`torch.nn.Hardswish`](https://pytorch.org/docs/stable/generated/torch.nn.Hardswish.html).
#[layer]
pub struct Hardswish;

activation!(Hardswish: |_| activation::Hardswish);
