//! `GlobalAvgPool2d`.

use super::adaptive_avg_pool2d::average_to;
use crate::layer::window::{channels, not_an_image};
use crate::shape::{Dims, Inferred};
use crate::layer::layer;

/// The mean of each channel: y\[c\] = mean over i, j of x\[c, i, j\]. It leaves features, ready for `Linear`.
///
/// # Shapes
/// \[C, H, W\] → \[C\]
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<2, 1, 2>, GlobalAvgPool2d);
/// let dev = Cpu::default();
/// let x = dev.tensor([[[1.0, 3.0]], [[4.0, 6.0]]]);
/// assert_eq!(Net::build(&dev)?.try_forward(x)?.array(), [2.0, 5.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: Lin, Chen and Yan, *Network In Network*, 2013. In PyTorch, `AdaptiveAvgPool2d(1)` and `Flatten`.
#[layer]
pub struct GlobalAvgPool2d;

stateless!(GlobalAvgPool2d:
    |dims, _| Inferred::new(Dims::new(&[channels(&dims)])).mistake(not_an_image(&dims)),
    |input, _, _| average_to::<In, E, D>(input, (1, 1)),
);
