//! The arithmetic of sliding windows: convolutions and pooling.

use crate::call::{Call, Value};
use crate::ops::Window;
use crate::shape::{Dims, Help, Message, Mistake, UNKNOWN};

/// The windows of a kernel over an image, and its mistake, if any.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    /// The windows along the height.
    pub vertical: Window,
    /// The windows along the width.
    pub horizontal: Window,
    /// The mistake of a kernel that is larger than the image.
    pub mistake: Option<Mistake>,
}

/// The positions of these parameters in a layer's signature, if it has them.
#[derive(Clone, Copy, Debug)]
pub struct WindowParameters {
    /// The kernel's size.
    pub kernel_size: usize,
    /// The stride. It is 1 if there is no such parameter, and the kernel's size for `..`.
    pub stride: Option<usize>,
    /// The padding. It is 0 if there is no such parameter.
    pub padding: Option<usize>,
    /// The dilation. It is 1 if there is no such parameter.
    pub dilation: Option<usize>,
    /// Whether a partial last window counts. It doesn't if there is no such parameter.
    pub ceil_mode: Option<usize>,
}

impl Windows {
    /// The windows of a call on an image \[channels, height, width\]:
    /// output = ⌊(input + 2 · padding − dilation · (kernel − 1) − 1) / stride⌋ + 1; with `Same`, ⌈input / stride⌉.
    /// With `ceil_mode` the quotient is rounded up, unless the last window would begin after the image.
    pub const fn new(call: &Call, input: &Dims, parameters: WindowParameters) -> Self {
        let kernel = call.pair(parameters.kernel_size);
        let stride = match parameters.stride {
            Some(at) => call.pair_or(at, kernel),
            None => (1, 1),
        };
        let dilation = match parameters.dilation {
            Some(at) => call.pair(at),
            None => (1, 1),
        };
        let padding = match parameters.padding {
            Some(at) if matches!(call.value(at), Value::Word(_)) => None,
            Some(at) => Some(call.pair_or(at, (0, 0))),
            None => Some((0, 0)),
        };
        let (above, left) = match padding {
            Some((vertical, horizontal)) => (Some(vertical), Some(horizontal)),
            None => (None, None),
        };
        let ceil = match parameters.ceil_mode {
            Some(at) => call.flag(at),
            None => false,
        };
        let (height, width) = if input.rank() == 3 { (input.size(1), input.size(2)) } else { (UNKNOWN, UNKNOWN) };
        let (vertical, high) = slide(height, kernel.0, stride.0, above, dilation.0, ceil);
        let (horizontal, wide) = slide(width, kernel.1, stride.1, left, dilation.1, ceil);
        let mistake = if high && wide { None } else { Some(too_large(input, &vertical, &horizontal)) };
        Windows { vertical, horizontal, mistake }
    }

    /// The output image, with this number of channels.
    pub const fn output(&self, channels: usize) -> Dims {
        Dims::new(&[channels, self.vertical.output, self.horizontal.output])
    }
}

/// The extent of a kernel: the number of positions that it spans.
const fn span(kernel: usize, dilation: usize) -> usize {
    dilation.saturating_mul(kernel.saturating_sub(1)).saturating_add(1)
}

/// The window along one axis, and whether it fits; `padding` is `None` for `Same`.
const fn slide(
    input: usize,
    kernel: usize,
    stride: usize,
    padding: Option<usize>,
    dilation: usize,
    ceil: bool,
) -> (Window, bool) {
    let span = span(kernel, dilation);
    if input == UNKNOWN || kernel == UNKNOWN {
        return (Window { input, output: UNKNOWN, kernel, stride, padding: 0, dilation }, true);
    }
    let (output, padding) = match padding {
        None => {
            let output = input.div_ceil(stride);
            let needed = output.saturating_sub(1).saturating_mul(stride).saturating_add(span);
            (output, needed.saturating_sub(input) / 2)
        }
        Some(padding) => {
            let padded = input.saturating_add(padding.saturating_mul(2));
            let reach = if ceil { padded.saturating_add(stride.saturating_sub(1)) } else { padded };
            let output = if reach < span { 0 } else { (reach - span) / stride + 1 };
            let last = output.saturating_sub(1).saturating_mul(stride);
            (if ceil && last >= input.saturating_add(padding) { output.saturating_sub(1) } else { output }, padding)
        }
    };
    let known = if output == 0 { UNKNOWN } else { output };
    (Window { input, output: known, kernel, stride, padding, dilation }, output > 0)
}

const fn too_large(input: &Dims, vertical: &Window, horizontal: &Window) -> Mistake {
    let (high, wide) = (span(vertical.kernel, vertical.dilation), span(horizontal.kernel, horizontal.dilation));
    let why = Message::new("needs at least {} × {} pixels for its kernel, but receives {} × {}{} from {}")
        .number(high)
        .number(wide)
        .number(vertical.input.saturating_add(vertical.padding.saturating_mul(2)))
        .number(horizontal.input.saturating_add(horizontal.padding.saturating_mul(2)))
        .text(if vertical.padding > 0 || horizontal.padding > 0 { ", its padding included," } else { "" })
        .dims(*input);
    let (short, narrow) = (high.saturating_sub(vertical.input), wide.saturating_sub(horizontal.input));
    let enough = if short > narrow { short.div_ceil(2) } else { narrow.div_ceil(2) };
    // With more padding than half of the kernel, a window could contain only padding.
    let padded = enough <= vertical.kernel / 2 && enough <= horizontal.kernel / 2;
    Mistake::new(why).help(Help::Say(if padded {
        Message::new("make the kernel smaller, pool less before it, or write `padding = {}`").number(enough)
    } else {
        Message::new("make the kernel smaller, or pool less before it")
    }))
}

/// The number of channels of an image.
pub const fn channels(input: &Dims) -> usize {
    if input.rank() == 3 { input.size(0) } else { UNKNOWN }
}

/// The mistake of a layer that takes images and receives something else.
pub const fn not_an_image(input: &Dims) -> Option<Mistake> {
    if input.rank() == 3 {
        return None;
    }
    let why = Message::new("expects images [channels, height, width], but receives {}").dims(*input);
    Some(
        Mistake::new(why).help(match input.rank() {
            2 => Help::Say(
                Message::new("for images of one channel write `Input<1, {}, {}>`")
                    .number(input.size(0))
                    .number(input.size(1)),
            ),
            4 => Help::Say(
                Message::new("the batch is not part of `Input`: for these images write `Input<{}, {}, {}>`")
                    .number(input.size(1))
                    .number(input.size(2))
                    .number(input.size(3)),
            ),
            _ => Help::Say(Message::new("put it before `Flatten` and `Linear`, where the image still is one")),
        }),
    )
}

/// The mistake of pooling whose padding is more than half of its kernel. `kernel_size` and `padding` are positions of
/// parameters.
pub const fn too_much_padding(call: &Call, kernel_size: usize, padding: usize) -> Option<Mistake> {
    let kernel = call.pair(kernel_size);
    let (vertical, horizontal) = call.pair_or(padding, (0, 0));
    if vertical <= kernel.0 / 2 && horizontal <= kernel.1 / 2 {
        return None;
    }
    let why = Message::new("expects a padding of at most half its kernel {} × {}, but receives {}")
        .number(kernel.0)
        .number(kernel.1)
        .value(call.value(padding));
    let most = if kernel.0 < kernel.1 { kernel.0 / 2 } else { kernel.1 / 2 };
    Some(Mistake::new(why).help(Help::Size { parameter: "padding", size: most, follows: false }))
}
