//! `Hardsigmoid`.

use crate::ops::activation;
use crate::layer::layer;

/// The sigmoid made of three straight lines: y = min(max(x + 3, 0), 6) / 6, each element by itself.
///
/// The derivative at −3 and at 3 is taken as 0.
///
/// # Shapes
/// any → the same
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<3>, Hardsigmoid);
/// let dev = Cpu::default();
/// let y = Net::build(&dev)?.try_forward(dev.tensor([-9.0, 0.0, 9.0]))?;
/// assert_eq!(y.array(), [0.0, 0.5, 1.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: Courbariaux, Bengio and David, [*BinaryConnect*](https://arxiv.org/abs/1511.00363), 2015;
/// [`torch.nn.Hardsigmoid`](https://pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html).
#[layer]
pub struct Hardsigmoid;

activation!(Hardsigmoid: |_| activation::Hardsigmoid);
