//! `LayerNorm`.

use crate::call::{Arguments, Call, Keywords};
use crate::error::Result;
use crate::layer::{Context, Described, Forward, Layer, Module, Place, Value, layer};
use crate::ops::Backend;
use crate::ops::layer_norm::LayerNormGeometry;
use crate::parameters::{ParameterTensor, optional};
use crate::shape::{Dims, Help, Inferred, Message, Mistake, Shape, agree, plural, times};
use dfdx::shapes::{ConstDim, Dtype, HasShape};
use dfdx::tensor::Tensor;
use dfdx::tensor_ops::Device;
use std::marker::PhantomData;

/// Layer normalization: the last dimension of each example, or its last `dims` dimensions, are centred and scaled by their mean
/// and variance: y = weight · (x − mean) / √(variance + eps) + bias, element by element. The variance is divided by the number of
/// elements. Training and evaluation are the same.
///
/// `LayerNorm<normalized_shape = .., dims = 1, eps = 0.00001, elementwise_affine = true, bias = true>`. `normalized_shape`, the
/// number of elements that are normalized together, follows from the input. `LayerNorm<dims = 3>` normalizes images as a whole.
///
/// # Shapes
/// any → the same
///
/// # Parameters
/// | name | shape | initial values |
/// |---|---|---|
/// | `weight` | the last `dims` dimensions, unless `elementwise_affine = false` | 1 |
/// | `bias` | the last `dims` dimensions, unless `bias = false` or `elementwise_affine = false` | 0 |
///
/// In a module they are tensors of one dimension; in files they have PyTorch's shape.
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// network! { struct Net: Input<2, 2> { norm: LayerNorm<eps = 0.0> } }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let mut net = Net::build(&dev)?;
/// net.norm.weight = Some(dev.tensor([1.0, 10.0]));
/// let y = net.try_forward(dev.tensor([[1.0, 3.0], [7.0, 3.0]]))?;
/// assert_eq!(y.array(), [[-1.0, 10.0], [1.0, -10.0]]);
/// # Ok(())
/// # }
/// ```
///
/// Source: Ba, Kiros and Hinton, [*Layer Normalization*](https://arxiv.org/abs/1607.06450), 2016;
/// [`torch.nn.LayerNorm`](https://pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html).
#[layer(normalized_shape: size = .., *, dims: size = 1, eps: float = 1e-5, elementwise_affine: flag = true, bias: flag = true)]
pub struct LayerNorm;

/// The positions of the parameters above.
const NORMALIZED_SHAPE: usize = 0;
const DIMS: usize = 1;
const EPS: usize = 2;
const AFFINE: usize = 3;
const BIAS: usize = 4;

/// The most dimensions that are normalized together.
const MOST_DIMS: usize = 4;

const fn infer(input: Dims, call: Call) -> Inferred {
    let (rank, dims) = (input.rank(), call.size(DIMS));
    let first = rank.saturating_sub(dims);
    let width = input.product(first, rank);
    let normalized_shape = call.size_or(NORMALIZED_SHAPE, width);
    let wrong_dims = if dims > MOST_DIMS && dims <= rank {
        let why = Message::new("normalizes at most {} dimensions together, but {} were asked for");
        Some(Mistake::new(why.number(MOST_DIMS).number(dims)))
    } else if dims > rank {
        let why = Message::new("normalizes the last {} dimension{}, but receives {}");
        let why = why.number(dims).text(plural(dims)).dims(input);
        Some(Mistake::new(why).help(Help::Size { parameter: "dims", size: if rank == 0 { 1 } else { rank }, follows: false }))
    } else {
        None
    };
    let wrong_number = if agree(normalized_shape, width) || wrong_dims.is_some() {
        None
    } else {
        let why = Message::new("expects {} element{}, but receives {} from {}");
        let why = why.number(normalized_shape).text(plural(normalized_shape)).number(width).dims(input);
        Some(Mistake::new(why).help(Help::Size { parameter: "normalized_shape", size: width, follows: true }))
    };
    let affine = if !call.flag(AFFINE) { 0 } else if call.flag(BIAS) { 2 } else { 1 };
    Inferred::new(input)
        .parameters(
            &[
                normalized_shape,
                normalized(input, first, 0),
                normalized(input, first, 1),
                normalized(input, first, 2),
                normalized(input, first, 3),
            ],
            times(normalized_shape, affine),
        )
        .macs(times(input.numel(), 2))
        .mistake(wrong_dims)
        .mistake(wrong_number)
}

/// Size `number` of those that are normalized together, or 1.
const fn normalized(input: Dims, first: usize, number: usize) -> usize {
    if first + number < input.rank() { input.size(first + number) } else { 1 }
}

#[diagnostic::do_not_recommend]
impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for LayerNorm<A, K> {
    const INFERRED: Inferred = infer(In::DIMS, Self::CALL);
    type Module<P: Place, E: Dtype, D: Device<E>> = LayerNormModule<Self, P, E, D>;
}

/// The sizes of the parameters in files.
fn sizes<P: Place>(call: &Call) -> Vec<usize> {
    match call.size(DIMS) {
        1 => vec![P::Size0::SIZE],
        dims => [P::Size1::SIZE, P::Size2::SIZE, P::Size3::SIZE, P::Size4::SIZE].into_iter().take(dims).collect(),
    }
}

/// The parameters of a [`LayerNorm`] layer.
#[derive(Clone, Debug, Module)]
pub struct LayerNormModule<L: Described, P: Place, E: Dtype, D: Device<E>> {
    /// What the normalized elements are multiplied by, unless `elementwise_affine = false`.
    #[parameter(init = |weight| weight.try_fill_with_ones(), if = L::CALL.flag(AFFINE), sizes = &sizes::<P>(&L::CALL))]
    pub weight: Option<Tensor<(P::Size0,), E, D>>,
    /// What is added to them, unless `bias = false`. Whether both are there is the layer's type: they stay `Some` or `None`.
    #[parameter(
        init = |bias| bias.try_fill_with_zeros(),
        if = L::CALL.flag(AFFINE) && L::CALL.flag(BIAS),
        sizes = &sizes::<P>(&L::CALL)
    )]
    pub bias: Option<Tensor<(P::Size0,), E, D>>,
    layer: PhantomData<L>,
}

impl<In, L, P, E, D> Forward<In, E, D> for LayerNormModule<L, P, E, D>
where
    In: Shape,
    L: Described,
    P: Place,
    E: Dtype,
    D: Backend<E>,
{
    fn run(&self, input: Value<E, D>, _: &mut Context<E, D>) -> Result<Value<E, D>> {
        normalize(input, [optional(&self.weight), optional(&self.bias)], const { &L::CALL }, P::Size0::SIZE)
    }
}

/// The layer with these arguments, on rows of `width` elements.
fn normalize<E: Dtype, D: Backend<E>>(
    input: Value<E, D>,
    affine: [Option<&dyn ParameterTensor<E, D>>; 2],
    call: &Call,
    width: usize,
) -> Result<Value<E, D>> {
    let input = input.elements()?;
    let (batch, length) = *input.shape();
    let geometry = LayerNormGeometry { rows: batch * length / width, width, epsilon: call.float(EPS) };
    let [weight, bias] = affine.map(|parameter| parameter.map(|parameter| parameter.share().rank1()));
    Ok(D::try_layer_norm(input, weight.as_ref(), bias.as_ref(), &geometry)?.into())
}
