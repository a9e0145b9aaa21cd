//! `ConvTranspose2d`.

use super::conv2d::{undivided, wrong_channels};
use super::initial::Uniform;
use crate::call::{Arguments, Call, Keywords};
use crate::error::Result;
use crate::layer::{Context, Described, Forward, Layer, Module, Place, Value, layer};
use crate::ops::conv_transpose2d::ConvTranspose2dGeometry;
use crate::parameters::{ParameterTensor, optional};
use crate::ops::{Backend, Window};
use crate::layer::window::{channels, not_an_image};
use crate::shape::{Dims, Help, Inferred, Message, Mistake, Shape, UNKNOWN, plus, times};
use dfdx::shapes::{ConstDim, Dtype, HasShape};
use dfdx::tensor::Tensor;
use dfdx::tensor_ops::Device;
use std::marker::PhantomData;

/// A two-dimensional transposed convolution, which makes images larger where a convolution makes them smaller; also called
/// up-convolution. Each pixel is spread over a window: y\[o, a, b\] = b\[o\] + Σ W\[c, o, u, v\] · x\[c, i, j\], the sum over
/// the channels c of o's group and over all i, j, u and v with
/// i·stride + u·dilation − padding = a and j·stride + v·dilation − padding = b.
///
/// `ConvTranspose2d<in_channels, out_channels, kernel_size, stride = 1, padding = 0, output_padding = 0, groups = 1, bias = true,
/// dilation = 1>`; `in_channels` follows from the input, `ConvTranspose2d<.., 8, 2, stride = 2>`. Sizes are a number or
/// `(height, width)`, counted in pixels. `padding` takes pixels away on all sides of the output; `output_padding` adds some
/// at the bottom and on the right, fewer than the stride or the dilation: so every size that a convolution makes smaller
/// can be had again.
///
/// # Shapes
/// \[in_channels, H, W\] → \[out_channels, H′, W′\],
/// H′ = (H − 1)·stride − 2·padding + dilation·(kernel_size − 1) + output_padding + 1, and W′ likewise
///
/// # Parameters
/// | name | shape | initial values |
/// |---|---|---|
/// | `weight` | (in_channels, out_channels / groups, kernel height, kernel width) | uniform in ±1/√fan_in |
/// | `bias` | (out_channels) | uniform in ±1/√fan_in |
///
/// where fan_in = out_channels / groups × kernel height × kernel width: PyTorch's, which reads the weight as a convolution's.
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// network! { struct Net: Input<8, 14, 14> { up: ConvTranspose2d<.., 4, 2, stride = 2> } }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let net = Net::build(&dev)?;
/// let _: &Tensor<Rank4<8, 4, 2, 2>, f32, Cpu> = &net.up.weight;
/// let _: Tensor<Rank3<4, 28, 28>, f32, Cpu> = net.try_forward(dev.zeros::<Rank3<8, 14, 14>>())?;
/// # Ok(())
/// # }
/// ```
///
/// Source: Dumoulin and Visin, [*A guide to convolution arithmetic for deep learning*](https://arxiv.org/abs/1603.07285), 2016;
/// [`torch.nn.ConvTranspose2d`](https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html).
#[layer(
    in_channels: size = ..,
    out_channels: size,
    kernel_size: sizes,
    *,
    stride: sizes = 1,
    padding: counts = 0,
    output_padding: counts = 0,
    groups: size = 1,
    bias: flag = true,
    dilation: sizes = 1,
)]
pub struct ConvTranspose2d;

/// The positions of the parameters above.
const IN_CHANNELS: usize = 0;
const OUT_CHANNELS: usize = 1;
const KERNEL_SIZE: usize = 2;
const STRIDE: usize = 3;
const PADDING: usize = 4;
const OUTPUT_PADDING: usize = 5;
const GROUPS: usize = 6;
const BIAS: usize = 7;
const DILATION: usize = 8;

/// How the kernel moves over the output along one axis, and what there is before the padding is taken away.
#[derive(Clone, Copy)]
struct Spread {
    window: Window,
    grown: usize,
}

const fn spread(input: usize, kernel: usize, stride: usize, padding: usize, more: usize, dilation: usize) -> Spread {
    let steps = if input == UNKNOWN { UNKNOWN } else { input.saturating_sub(1) };
    let taps = if kernel == UNKNOWN { UNKNOWN } else { kernel.saturating_sub(1) };
    let grown = plus(plus(times(steps, stride), times(taps, dilation)), plus(more, 1));
    let output = grown.saturating_sub(times(padding, 2));
    // Where nothing is left, the size is unknown, so that no layer behind it complains too.
    let output = if grown == UNKNOWN || padding == UNKNOWN || output == 0 { UNKNOWN } else { output };
    Spread { window: Window { input, output, kernel, stride, padding, dilation }, grown }
}

/// How the kernel moves down and along a row.
const fn spreads(input: &Dims, call: &Call) -> (Spread, Spread) {
    let (height, width) = if input.rank() == 3 { (input.size(1), input.size(2)) } else { (UNKNOWN, UNKNOWN) };
    let (kernel, stride, padding) = (call.pair(KERNEL_SIZE), call.pair(STRIDE), call.pair(PADDING));
    let (more, dilation) = (call.pair(OUTPUT_PADDING), call.pair(DILATION));
    (
        spread(height, kernel.0, stride.0, padding.0, more.0, dilation.0),
        spread(width, kernel.1, stride.1, padding.1, more.1, dilation.1),
    )
}

const fn infer(input: Dims, call: Call) -> Inferred {
    let in_channels = call.size_or(IN_CHANNELS, channels(&input));
    let out_channels = call.size(OUT_CHANNELS);
    let (height, width) = call.pair(KERNEL_SIZE);
    let groups = call.size(GROUPS);
    let (vertical, horizontal) = spreads(&input, &call);
    let per_group = if out_channels == UNKNOWN { UNKNOWN } else { out_channels / groups };
    let weights = times(times(in_channels, per_group), times(height, width));
    let bias = if call.flag(BIAS) { out_channels } else { 0 };
    Inferred::new(Dims::new(&[out_channels, vertical.window.output, horizontal.window.output]))
        .parameters(&[in_channels, per_group, height, width, out_channels], plus(weights, bias))
        .macs(times(weights, times(vertical.window.input, horizontal.window.input)))
        .mistake(not_an_image(&input))
        .mistake(wrong_channels(&input, in_channels))
        .mistake(undivided(in_channels, groups, "in_channels"))
        .mistake(undivided(out_channels, groups, "out_channels"))
        .mistake(too_much_output_padding(&call))
        .mistake(nothing_left(&input, &vertical, &horizontal))
}

/// PyTorch's rule: more would be rows of nothing but the bias.
const fn too_much_output_padding(call: &Call) -> Option<Mistake> {
    let (stride, dilation, more) = (call.pair(STRIDE), call.pair(DILATION), call.pair(OUTPUT_PADDING));
    let (high, wide) = (larger(stride.0, dilation.0), larger(stride.1, dilation.1));
    if more.0 < high && more.1 < wide {
        return None;
    }
    let why = Message::new("expects an `output_padding` smaller than its stride {} or its dilation {}, but receives {}");
    let why = why.value(call.value(STRIDE)).value(call.value(DILATION)).value(call.value(OUTPUT_PADDING));
    let most = smaller(high, wide).saturating_sub(1);
    Some(Mistake::new(why).help(Help::Size { parameter: "output_padding", size: most, follows: false }))
}

const fn is_left(spread: &Spread) -> bool {
    let padding = spread.window.padding;
    spread.grown == UNKNOWN || padding == UNKNOWN || spread.grown > times(padding, 2)
}

const fn nothing_left(input: &Dims, vertical: &Spread, horizontal: &Spread) -> Option<Mistake> {
    if is_left(vertical) && is_left(horizontal) {
        return None;
    }
    let taken = (times(vertical.window.padding, 2), times(horizontal.window.padding, 2));
    let why = Message::new("makes {} × {} pixels of {}, but its padding takes {} × {} away, so that nothing is left");
    let why = why.number(vertical.grown).number(horizontal.grown).dims(*input).number(taken.0).number(taken.1);
    let most = smaller(vertical.grown, horizontal.grown).saturating_sub(1) / 2;
    Some(Mistake::new(why).help(Help::Size { parameter: "padding", size: most, follows: false }))
}

const fn larger(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

const fn smaller(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

#[diagnostic::do_not_recommend]
impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for ConvTranspose2d<A, K> {
    const INFERRED: Inferred = infer(In::DIMS, Self::CALL);
    type Module<P: Place, E: Dtype, D: Device<E>> = ConvTranspose2dModule<Self, P, E, D>;
}

/// The parameters of a [`ConvTranspose2d`] layer.
#[derive(Clone, Debug, Module)]
pub struct ConvTranspose2dModule<L: Described, P: Place, E: Dtype, D: Device<E>> {
    /// W, (in_channels, out_channels / groups, kernel height, kernel width).
    #[parameter(init = |weight| weight.try_fill_with_distr(initial::<P>()))]
    pub weight: Tensor<(P::Size0, P::Size1, P::Size2, P::Size3), E, D>,
    /// b, (out_channels), unless `bias = false`. Whether it is there is the layer's type: it stays `Some` or `None`.
    #[parameter(init = |bias| bias.try_fill_with_distr(initial::<P>()), if = L::CALL.flag(BIAS))]
    pub bias: Option<Tensor<(P::Size4,), E, D>>,
    layer: PhantomData<L>,
}

fn initial<P: Place>() -> Uniform {
    Uniform::of_fan_in(P::Size1::SIZE * P::Size2::SIZE * P::Size3::SIZE)
}

impl<In, L, P, E, D> Forward<In, E, D> for ConvTranspose2dModule<L, P, E, D>
where
    In: Shape,
    L: Described,
    P: Place,
    E: Dtype,
    D: Backend<E>,
{
    fn run(&self, input: Value<E, D>, _: &mut Context<E, D>) -> Result<Value<E, D>> {
        convolve(input, &self.weight, optional(&self.bias), const { &L::CALL }, const { &In::DIMS }, P::Size4::SIZE)
    }
}

/// The layer with these arguments behind images of these sizes, which makes so many channels.
fn convolve<E: Dtype, D: Backend<E>>(
    input: Value<E, D>,
    weight: &dyn ParameterTensor<E, D>,
    bias: Option<&dyn ParameterTensor<E, D>>,
    call: &Call,
    sizes: &Dims,
    out_channels: usize,
) -> Result<Value<E, D>> {
    let input = input.elements()?;
    let (batch, weight) = (input.shape().0, weight.share().rank4());
    let (vertical, horizontal) = spreads(sizes, call);
    let geometry = ConvTranspose2dGeometry {
        batch,
        in_channels: weight.shape().0,
        out_channels,
        groups: call.size(GROUPS),
        vertical: vertical.window,
        horizontal: horizontal.window,
    };
    let bias = bias.map(|bias| bias.share().rank1());
    let output = (batch, out_channels * geometry.vertical.output * geometry.horizontal.output);
    Ok(D::try_conv_transpose2d(input, &weight, bias.as_ref(), output, &geometry)?.into())
}
