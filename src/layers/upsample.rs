//! `Upsample`.

use crate::call::{Call, Value};
use crate::ops::upsample::{Mode, Stretch, UpsampleGeometry};
use crate::layer::window::{channels, not_an_image};
use crate::shape::{Dims, Help, Inferred, Message, Mistake, UNKNOWN, times};
use dfdx::shapes::HasShape;
use crate::layer::layer;

/// A larger image: y\[c, i, j\] = x\[c, ⌊i / scale_factor⌋, ⌊j / scale_factor⌋\], or, with `mode = Bilinear`, the values
/// between the four nearest pixels, in proportion to how near they are.
///
/// `Upsample<scale_factor, mode = Nearest, align_corners = false>`; `scale_factor` is a whole number or `(height, width)` of
/// such. `Upsample<size = (height, width)>` gives the size of the output instead, which may be any, a smaller one too.
///
/// With `align_corners = true`, which only `Bilinear` has, the centres of the outermost pixels stay where they are: row i
/// lies at i · (H − 1) / (H′ − 1) in the input; else their edges do: at (i + ½) · H / H′ − ½.
///
/// # Shapes
/// \[C, H, W\] → \[C, H · scale_factor, W · scale_factor\], or \[C, height, width\] with `size`
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Repeated = network!(Input<1, 1, 2>, Upsample<2>);
/// type Between = network!(Input<1, 1, 2>, Upsample<(1, 2), mode = Bilinear>);
/// let dev = Cpu::default();
/// let x = dev.tensor([[[0.0, 4.0]]]);
/// let y = Repeated::build(&dev)?.try_forward(x.clone())?;
/// assert_eq!(y.array(), [[[0.0, 0.0, 4.0, 4.0], [0.0, 0.0, 4.0, 4.0]]]);
/// assert_eq!(Between::build(&dev)?.try_forward(x)?.array(), [[[0.0, 1.0, 3.0, 4.0]]]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.Upsample`](https://pytorch.org/docs/stable/generated/torch.nn.Upsample.html).
#[layer(
    scale_factor: sizes = ..,
    *,
    mode: word(Nearest | Bilinear) = Nearest,
    align_corners: flag = false,
    size: sizes = ..,
)]
pub struct Upsample;

/// The positions of the parameters above.
const SCALE_FACTOR: usize = 0;
const MODE: usize = 1;
const ALIGN_CORNERS: usize = 2;
const SIZE: usize = 3;

const fn is_given(call: &Call, at: usize) -> bool {
    !matches!(call.value(at), Value::Infer)
}

const fn is_bilinear(call: &Call) -> bool {
    // "Nearest" has another length; texts can't be compared in constants.
    matches!(call.value(MODE), Value::Word(mode) if mode.len() == "Bilinear".len())
}

/// The image that comes out.
const fn output(input: &Dims, call: &Call) -> Dims {
    let (height, width) = if input.rank() == 3 { (input.size(1), input.size(2)) } else { (UNKNOWN, UNKNOWN) };
    let (down, along) = call.pair_or(SCALE_FACTOR, (UNKNOWN, UNKNOWN));
    let (height, width) = call.pair_or(SIZE, (times(height, down), times(width, along)));
    Dims::new(&[channels(input), height, width])
}

const fn infer(input: Dims, call: Call) -> Inferred {
    Inferred::new(output(&input, &call)).mistake(unclear_size(&call)).mistake(no_corners(&call)).mistake(not_an_image(&input))
}

/// Exactly one of two arguments says how large the output is.
const fn unclear_size(call: &Call) -> Option<Mistake> {
    let why = match (is_given(call, SCALE_FACTOR), is_given(call, SIZE)) {
        (false, false) => Message::new("expects a `scale_factor` or a `size`, but receives neither"),
        (true, true) => Message::new("expects a `scale_factor` or a `size`, but receives both, `{}` and `{}`")
            .value(call.value(SCALE_FACTOR))
            .value(call.value(SIZE)),
        _ => return None,
    };
    let help = Message::new("write `Upsample<2>` for twice the size, or `Upsample<size = (height, width)>`");
    Some(Mistake::new(why).help(Help::Say(help)))
}

const fn no_corners(call: &Call) -> Option<Mistake> {
    if is_bilinear(call) || !call.flag(ALIGN_CORNERS) {
        return None;
    }
    let why = Message::new("expects `mode = Bilinear` for `align_corners = true`, but receives `{}`").value(call.value(MODE));
    let help = Message::new("write `mode = Bilinear`, or leave out `align_corners`: the nearest pixel is the same");
    Some(Mistake::new(why).help(Help::Say(help)))
}

stateless!(Upsample: |dims, call| infer(dims, call), |input, call, _| {
    let batch = input.shape().0;
    let output = output(&In::DIMS, &call);
    let factors = match call.value(SCALE_FACTOR) {
        Value::Infer => None,
        _ => Some(call.pair(SCALE_FACTOR)),
    };
    let geometry = UpsampleGeometry {
        planes: batch * In::DIMS.size(0),
        vertical: Stretch { input: In::DIMS.size(1), output: output.size(1), factor: factors.map(|(down, _)| down as f64) },
        horizontal: Stretch {
            input: In::DIMS.size(2),
            output: output.size(2),
            factor: factors.map(|(_, along)| along as f64),
        },
        mode: if is_bilinear(&call) {
            Mode::Bilinear { align_corners: call.flag(ALIGN_CORNERS) }
        } else {
            Mode::Nearest
        },
    };
    Ok(D::try_upsample(input, (batch, output.numel()), &geometry)?)
});
