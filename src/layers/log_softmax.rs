//! `LogSoftmax`.

use super::softmax::{infer, normalize, softmax};
use crate::layer::{HasLogits, layer};
use crate::ops::softmax::Scale;

/// The logarithms of probabilities: y_i = x_i − ln Σ_j exp(x_j), the greatest x taken off first.
///
/// `LogSoftmax<dim = 1>`, as for [`Softmax`](crate::layers::Softmax); logits are had in the same way.
///
/// # Shapes
/// any → the same
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<2>, LogSoftmax);
/// let dev = Cpu::default();
/// let y = Net::build(&dev)?.try_forward(dev.tensor([0.0, 1000.0]))?;
/// assert_eq!(y.array(), [-1000.0, 0.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.LogSoftmax`](https://pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html).
#[layer(dim: dimension = ..)]
pub struct LogSoftmax;

softmax!(LogSoftmax, Scale::Logarithmic);
