//! `MaxPool2d`.

use crate::call::Call;
use crate::ops::max_pool2d::MaxPool2dGeometry;
use crate::layer::window::{WindowParameters, Windows, channels, not_an_image, too_much_padding};
use dfdx::shapes::HasShape;
use crate::shape::{Dims, Inferred};
use crate::layer::layer;

/// The largest element in each window: y\[c, i, j\] = max over the kernel's rows u and columns v of
/// x\[c, i·stride + u·dilation − padding, j·stride + v·dilation − padding\].
///
/// `MaxPool2d<kernel_size, stride = kernel_size, padding = 0, dilation = 1, ceil_mode = false>`; sizes are a number or
/// `(height, width)`, counted in pixels. Padding counts as −∞ and is at most half the kernel. With `ceil_mode = true` a
/// last window counts too that reaches beyond the image and its padding, if it begins in the image or before it.
///
/// # Shapes
/// \[C, H, W\] → \[C, H′, W′\], H′ = ⌊(H + 2·padding − dilation·(kernel_size − 1) − 1) / stride⌋ + 1, W′ likewise;
/// with `ceil_mode`, ⌈…⌉
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<1, 2, 4>, MaxPool2d<2>);
/// let dev = Cpu::default();
/// let x = dev.tensor([[[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 8.0, 7.0]]]);
/// assert_eq!(Net::build(&dev)?.try_forward(x)?.array(), [[[4.0, 8.0]]]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.MaxPool2d`](https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html).
#[layer(kernel_size: sizes, stride: sizes = .., *, padding: padding = 0, dilation: sizes = 1, ceil_mode: flag = false)]
pub struct MaxPool2d;

const WINDOW: WindowParameters =
    WindowParameters { kernel_size: 0, stride: Some(1), padding: Some(2), dilation: Some(3), ceil_mode: Some(4) };

/// The shape rule of pooling: each channel by itself, the kernel's size the first parameter and the padding the third.
pub(super) const fn pooled(input: &Dims, call: &Call, window: WindowParameters) -> Inferred {
    let windows = Windows::new(call, input, window);
    Inferred::new(windows.output(channels(input)))
        .mistake(not_an_image(input))
        .mistake(too_much_padding(call, 0, 2))
        .mistake(windows.mistake)
}

stateless!(MaxPool2d:
    |dims, call| pooled(&dims, &call, WINDOW),
    |input, call, _| {
        let batch = input.shape().0;
        let windows = Windows::new(&call, &In::DIMS, WINDOW);
        let geometry = MaxPool2dGeometry {
            planes: batch * In::DIMS.size(0),
            vertical: windows.vertical,
            horizontal: windows.horizontal,
        };
        let output = (batch, windows.output(In::DIMS.size(0)).numel());
        Ok(D::try_max_pool2d(input, output, &geometry)?)
    },
);
