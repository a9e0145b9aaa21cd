//! `Conv2d`.

use super::initial::Uniform;
use crate::call::{Arguments, Call, Keywords};
use crate::error::Result;
use crate::layer::{Context, Described, Forward, Layer, Module, Place, Value, layer};
use crate::ops::Backend;
use crate::ops::conv2d::Conv2dGeometry;
use crate::parameters::{ParameterTensor, optional};
use crate::layer::window::{WindowParameters, Windows, channels, not_an_image};
use crate::shape::{Dims, Help, Inferred, Message, Mistake, Shape, UNKNOWN, agree, plural, plus, times};
use dfdx::shapes::{ConstDim, Dtype, HasShape};
use dfdx::tensor::Tensor;
use dfdx::tensor_ops::Device;
use std::marker::PhantomData;

/// A two-dimensional convolution (cross-correlation, as everywhere in deep learning):
/// y\[o, i, j\] = b\[o\] + Σ W\[o, c, u, v\] · x\[c, i·stride + u·dilation − padding, j·stride + v·dilation − padding\],
/// the sum over the channels c of o's group and over the kernel's rows u and columns v.
///
/// `Conv2d<in_channels, out_channels, kernel_size, stride = 1, padding = 0, dilation = 1, groups = 1, bias = true>`;
/// `in_channels` follows from the input, `Conv2d<.., 8, 3>`. Sizes are a number or `(height, width)`, counted in
/// pixels. `padding` adds zeros on all sides; `padding = Same` is TensorFlow's: the output has the size
/// ⌈input / stride⌉, and where the padding is odd its larger half is at the bottom and on the right.
///
/// # Shapes
/// \[in_channels, H, W\] → \[out_channels, H′, W′\],
/// H′ = ⌊(H + 2·padding − dilation·(kernel_size − 1) − 1) / stride⌋ + 1, and W′ likewise
///
/// # Parameters
/// | name | shape | initial values |
/// |---|---|---|
/// | `weight` | (out_channels, in_channels / groups, kernel height, kernel width) | uniform in ±1/√fan_in |
/// | `bias` | (out_channels) | uniform in ±1/√fan_in |
///
/// where fan_in = in_channels / groups × kernel height × kernel width.
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// network! { struct Net: Input<1, 28, 28> { conv: Conv2d<.., 8, 3, stride = 2, padding = 1> } }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let net = Net::build(&dev)?;
/// let _: &Tensor<Rank4<8, 1, 3, 3>, f32, Cpu> = &net.conv.weight;
/// let _: Tensor<Rank3<8, 14, 14>, f32, Cpu> = net.try_forward(dev.zeros::<Rank3<1, 28, 28>>())?;
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.Conv2d`](https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html).
#[layer(
    in_channels: size = ..,
    out_channels: size,
    kernel_size: sizes,
    *,
    stride: sizes = 1,
    padding: padding = 0,
    dilation: sizes = 1,
    groups: size = 1,
    bias: flag = true,
)]
pub struct Conv2d;

/// The positions of the parameters above.
const IN_CHANNELS: usize = 0;
const OUT_CHANNELS: usize = 1;
const KERNEL_SIZE: usize = 2;
const WINDOW: WindowParameters =
    WindowParameters { kernel_size: KERNEL_SIZE, stride: Some(3), padding: Some(4), dilation: Some(5), ceil_mode: None };
const GROUPS: usize = 6;
const BIAS: usize = 7;

const fn infer(input: Dims, call: Call) -> Inferred {
    let in_channels = call.size_or(IN_CHANNELS, channels(&input));
    let out_channels = call.size(OUT_CHANNELS);
    let (height, width) = call.pair(KERNEL_SIZE);
    let groups = call.size(GROUPS);
    let windows = Windows::new(&call, &input, WINDOW);
    let per_group = if in_channels == UNKNOWN { UNKNOWN } else { in_channels / groups };
    let weights = times(times(out_channels, per_group), times(height, width));
    let bias = if call.flag(BIAS) { out_channels } else { 0 };
    Inferred::new(windows.output(out_channels))
        .parameters(&[out_channels, per_group, height, width], plus(weights, bias))
        .macs(times(weights, times(windows.vertical.output, windows.horizontal.output)))
        .mistake(not_an_image(&input))
        .mistake(wrong_channels(&input, in_channels))
        .mistake(undivided(in_channels, groups, "in_channels"))
        .mistake(undivided(out_channels, groups, "out_channels"))
        .mistake(windows.mistake)
}

pub(super) const fn wrong_channels(input: &Dims, in_channels: usize) -> Option<Mistake> {
    let channels = channels(input);
    if agree(channels, in_channels) {
        return None;
    }
    let why = Message::new("expects {} input channel{}, but receives {} from {}")
        .number(in_channels)
        .text(plural(in_channels))
        .number(channels)
        .dims(*input);
    Some(Mistake::new(why).help(Help::Size { parameter: "in_channels", size: channels, follows: true }))
}

pub(super) const fn undivided(channels: usize, groups: usize, name: &'static str) -> Option<Mistake> {
    if channels == UNKNOWN || channels.is_multiple_of(groups) {
        return None;
    }
    let why = Message::new("has {} `{}`, which {} groups don't divide").number(channels).text(name).number(groups);
    Some(Mistake::new(why).help(Help::Say(Message::new("`groups` must divide `in_channels` and `out_channels`"))))
}

#[diagnostic::do_not_recommend]
impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for Conv2d<A, K> {
    const INFERRED: Inferred = infer(In::DIMS, Self::CALL);
    type Module<P: Place, E: Dtype, D: Device<E>> = Conv2dModule<Self, P, E, D>;
}

/// The parameters of a [`Conv2d`] layer.
#[derive(Clone, Debug, Module)]
pub struct Conv2dModule<L: Described, P: Place, E: Dtype, D: Device<E>> {
    /// W, (out_channels, in_channels / groups, kernel height, kernel width).
    #[parameter(init = |weight| weight.try_fill_with_distr(initial::<P>()))]
    pub weight: Tensor<(P::Size0, P::Size1, P::Size2, P::Size3), E, D>,
    /// b, (out_channels), unless `bias = false`. Whether it is there is the layer's type: it stays `Some` or `None`.
    #[parameter(init = |bias| bias.try_fill_with_distr(initial::<P>()), if = L::CALL.flag(BIAS))]
    pub bias: Option<Tensor<(P::Size0,), E, D>>,
    layer: PhantomData<L>,
}

fn initial<P: Place>() -> Uniform {
    Uniform::of_fan_in(P::Size1::SIZE * P::Size2::SIZE * P::Size3::SIZE)
}

impl<In, L, P, E, D> Forward<In, E, D> for Conv2dModule<L, P, E, D>
where
    In: Shape,
    L: Described,
    P: Place,
    E: Dtype,
    D: Backend<E>,
{
    fn run(&self, input: Value<E, D>, _: &mut Context<E, D>) -> Result<Value<E, D>> {
        convolve(input, &self.weight, optional(&self.bias), const { &L::CALL }, const { &In::DIMS })
    }
}

/// The layer with these arguments behind images of these sizes.
fn convolve<E: Dtype, D: Backend<E>>(
    input: Value<E, D>,
    weight: &dyn ParameterTensor<E, D>,
    bias: Option<&dyn ParameterTensor<E, D>>,
    call: &Call,
    sizes: &Dims,
) -> Result<Value<E, D>> {
    let input = input.elements()?;
    let (batch, weight) = (input.shape().0, weight.share().rank4());
    let (out_channels, windows) = (weight.shape().0, Windows::new(call, sizes, WINDOW));
    let geometry = Conv2dGeometry {
        batch,
        in_channels: sizes.size(0),
        out_channels,
        groups: call.size(GROUPS),
        vertical: windows.vertical,
        horizontal: windows.horizontal,
    };
    let bias = bias.map(|bias| bias.share().rank1());
    Ok(D::try_conv2d(input, &weight, bias.as_ref(), (batch, windows.output(out_channels).numel()), &geometry)?.into())
}
