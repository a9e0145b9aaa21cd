//! `AdaptiveAvgPool2d`.

use crate::error::Result;
use crate::layer::{Activation, layer};
use crate::ops::avg_pool2d::AvgPool2dGeometry;
use crate::ops::{Backend, Bins};
use crate::layer::window::{channels, not_an_image};
use crate::shape::{Dims, Inferred, Shape};
use dfdx::shapes::{Dtype, HasShape};

/// The mean of each cell of a grid laid over the image, whatever its size: row i of h takes the input rows from
/// ⌊i·H/h⌋ up to but without ⌈(i+1)·H/h⌉, and columns likewise.
///
/// `AdaptiveAvgPool2d<(h, w)>`, or one number for both.
///
/// # Shapes
/// \[C, H, W\] → \[C, h, w\]
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<1, 2, 3>, AdaptiveAvgPool2d<(1, 2)>);
/// let dev = Cpu::default();
/// let x = dev.tensor([[[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]]]);
/// assert_eq!(Net::build(&dev)?.try_forward(x)?.array(), [[[2.5, 3.5]]]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.AdaptiveAvgPool2d`](https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html).
#[layer(output_size: sizes)]
pub struct AdaptiveAvgPool2d;

stateless!(AdaptiveAvgPool2d:
    |dims, call| {
        let (height, width) = call.pair(0);
        Inferred::new(Dims::new(&[channels(&dims), height, width])).mistake(not_an_image(&dims))
    },
    |input, call, _| average_to::<In, E, D>(input, call.pair(0)),
);

/// Averages images down to a grid.
pub(super) fn average_to<In: Shape, E: Dtype, D: Backend<E>>(
    input: Activation<E, D>,
    (height, width): (usize, usize),
) -> Result<Activation<E, D>> {
    let batch = input.shape().0;
    let geometry = AvgPool2dGeometry {
        planes: batch * In::DIMS.size(0),
        vertical: Bins::adaptive(In::DIMS.size(1), height),
        horizontal: Bins::adaptive(In::DIMS.size(2), width),
    };
    let output = (batch, In::DIMS.size(0) * height * width);
    Ok(D::try_avg_pool2d(input, output, &geometry)?)
}
