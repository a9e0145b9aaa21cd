//! `AvgPool2d`.

use super::max_pool2d::pooled;
use crate::call::Value;
use crate::ops::Bins;
use crate::ops::avg_pool2d::AvgPool2dGeometry;
use dfdx::shapes::HasShape;
use crate::layer::window::{WindowParameters, Windows};
use crate::layer::layer;

/// The mean of each window: y\[c, i, j\] = mean over the kernel's rows u and columns v of
/// x\[c, i·stride + u − padding, j·stride + v − padding\].
///
/// `AvgPool2d<kernel_size, stride = kernel_size, padding = 0, count_include_pad = true>`; sizes are a number or
/// `(height, width)`, counted in pixels. Padding is zeros, at most half the kernel, and counts in the mean unless
/// `count_include_pad = false`. With `padding = Same` it never counts, as in TensorFlow.
///
/// # Shapes
/// \[C, H, W\] → \[C, H′, W′\], H′ = ⌊(H + 2·padding − kernel_size) / stride⌋ + 1, and W′ likewise
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<1, 2, 4>, AvgPool2d<2>);
/// let dev = Cpu::default();
/// let x = dev.tensor([[[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 8.0, 7.0]]]);
/// assert_eq!(Net::build(&dev)?.try_forward(x)?.array(), [[[2.5, 6.5]]]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.AvgPool2d`](https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html).
#[layer(kernel_size: sizes, stride: sizes = .., *, padding: padding = 0, count_include_pad: flag = true)]
pub struct AvgPool2d;

const WINDOW: WindowParameters =
    WindowParameters { kernel_size: 0, stride: Some(1), padding: Some(2), dilation: None, ceil_mode: None };

stateless!(AvgPool2d:
    |dims, call| pooled(&dims, &call, WINDOW),
    |input, call, _| {
        let batch = input.shape().0;
        let windows = Windows::new(&call, &In::DIMS, WINDOW);
        let count_padding = call.flag(3) && call.value(2) != Value::Word("Same");
        let geometry = AvgPool2dGeometry {
            planes: batch * In::DIMS.size(0),
            vertical: Bins::sliding(&windows.vertical, count_padding),
            horizontal: Bins::sliding(&windows.horizontal, count_padding),
        };
        let output = (batch, windows.output(In::DIMS.size(0)).numel());
        Ok(D::try_avg_pool2d(input, output, &geometry)?)
    },
);
