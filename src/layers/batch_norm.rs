//! `BatchNorm1d` and `BatchNorm2d`.

use crate::call::{Arguments, Call, Keywords};
use crate::error::{Error, Result};
use crate::layer::{Context, Described, Forward, Layer, Module, Place, Value, layer};
use crate::ops::Backend;
use crate::ops::batch_norm::BatchNormGeometry;
use crate::parameters::{AnyTensor, ParameterTensor, optional};
use crate::layer::window::not_an_image;
use crate::shape::{Dims, Help, Inferred, Message, Mistake, Shape, agree, plural, times};
use dfdx::shapes::{Dtype, HasShape};
use dfdx::tensor::Tensor;
use dfdx::tensor_ops::{Device, ReshapeTo};
use std::marker::PhantomData;

/// Batch normalization of images: each channel is centred and scaled by its mean and variance, over the batch and the
/// image: y = weight · (x − mean) / √(variance + eps) + bias.
///
/// `BatchNorm2d<num_features, eps = 0.00001, momentum = 0.1, affine = true>`; `num_features` follows from the input.
///
/// In training (`train`) mean and variance are the batch's own (the variance divided by n), and the running
/// statistics move towards them by `momentum` (the variance divided by n − 1). In evaluation (`forward`) they are the
/// running statistics.
///
/// # Shapes
/// \[C, H, W\] → the same
///
/// # Parameters
/// | name | shape | initial values |
/// |---|---|---|
/// | `weight` | (C), unless `affine = false` | 1 |
/// | `bias` | (C), unless `affine = false` | 0 |
/// | `running_mean` | (C), not trained | 0 |
/// | `running_var` | (C), not trained | 1 |
/// | `num_batches_tracked` | a number, not trained | 0 |
///
/// # Errors
/// In training, if there is only one value a channel: it has no variance.
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// network! { struct Net: Input<1, 1, 2> { bn: BatchNorm2d<momentum = 0.5> } }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let mut net = Net::build(&dev)?;
/// let y = net.try_train(dev.tensor([[[10.0, 30.0]]]))?.array();
/// assert!((y[0][0][1] - 1.0).abs() < 1e-5);
/// assert_eq!(net.bn.running_mean.array(), [10.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: Ioffe and Szegedy, *Batch Normalization*, 2015;
/// [`torch.nn.BatchNorm2d`](https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html).
#[layer(num_features: size = .., *, eps: float = 1e-5, momentum: float = 0.1, affine: flag = true)]
pub struct BatchNorm2d;

/// Batch normalization of features, \[N\], or of sequences, \[C, L\]: as [`BatchNorm2d`], over the batch and the
/// sequence.
///
/// `BatchNorm1d<num_features, eps = 0.00001, momentum = 0.1, affine = true>`; `num_features` follows from the input.
///
/// # Shapes
/// \[N\] or \[C, L\] → the same
///
/// # Parameters
/// As [`BatchNorm2d`].
///
/// # Errors
/// As [`BatchNorm2d`].
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// network! { struct Net: Input<3> { bn: BatchNorm1d } }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let mut net = Net::build(&dev)?;
/// net.bn.running_mean = dev.tensor([1.0, 2.0, 3.0]);
/// assert_eq!(net.try_forward(dev.tensor([1.0, 2.0, 3.0]))?.array(), [0.0; 3]);
/// # Ok(())
/// # }
/// ```
///
/// Source: Ioffe and Szegedy, *Batch Normalization*, 2015;
/// [`torch.nn.BatchNorm1d`](https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html).
#[layer(num_features: size = .., *, eps: float = 1e-5, momentum: float = 0.1, affine: flag = true)]
pub struct BatchNorm1d;


/// The positions of the parameters of both.
const EPS: usize = 1;
const MOMENTUM: usize = 2;
const AFFINE: usize = 3;

const fn infer(input: Dims, call: Call, wrong_rank: Option<Mistake>) -> Inferred {
    let channels = input.size(0);
    let num_features = call.size_or(0, channels);
    let wrong_number = if agree(num_features, channels) || wrong_rank.is_some() {
        None
    } else {
        let why = Message::new("expects {} feature{}, but receives {} from {}");
        let why = why.number(num_features).text(plural(num_features)).number(channels).dims(input);
        Some(Mistake::new(why).help(Help::Size { parameter: "num_features", size: channels, follows: true }))
    };
    let parameters = if call.flag(AFFINE) { times(num_features, 2) } else { 0 };
    Inferred::new(input)
        .parameters(&[num_features], parameters)
        .macs(input.numel())
        .mistake(wrong_rank)
        .mistake(wrong_number)
}

#[diagnostic::do_not_recommend]
impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for BatchNorm2d<A, K> {
    const INFERRED: Inferred = infer(In::DIMS, Self::CALL, match not_an_image(&In::DIMS) {
        Some(mistake) if In::DIMS.rank() <= 2 => {
            Some(mistake.help(Help::Say(Message::new("`BatchNorm1d` is for features and sequences"))))
        }
        other => other,
    });
    type Module<P: Place, E: Dtype, D: Device<E>> = BatchNormModule<Self, P, E, D>;
}

#[diagnostic::do_not_recommend]
impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for BatchNorm1d<A, K> {
    const INFERRED: Inferred = infer(In::DIMS, Self::CALL, match In::DIMS.rank() {
        1 | 2 => None,
        _ => {
            let why = Message::new("expects features [N] or sequences [C, L], but receives {}").dims(In::DIMS);
            Some(Mistake::new(why).help(Help::Say(Message::new("`BatchNorm2d` is for images [channels, height, width]"))))
        }
    });
    type Module<P: Place, E: Dtype, D: Device<E>> = BatchNormModule<Self, P, E, D>;
}

/// The parameters of a [`BatchNorm1d`] or [`BatchNorm2d`] layer.
#[derive(Clone, Debug, Module)]
pub struct BatchNormModule<L: Described, P: Place, E: Dtype, D: Device<E>> {
    /// What the normalized elements are multiplied by, unless `affine = false`.
    #[parameter(init = |weight| weight.try_fill_with_ones(), if = L::CALL.flag(AFFINE))]
    pub weight: Option<Tensor<(P::Size0,), E, D>>,
    /// What is added to them, unless `affine = false`. Whether both are there is the layer's type: they stay `Some` or
    /// `None`.
    #[parameter(init = |bias| bias.try_fill_with_zeros(), if = L::CALL.flag(AFFINE))]
    pub bias: Option<Tensor<(P::Size0,), E, D>>,
    /// The mean that evaluation takes.
    #[buffer(init = |mean| mean.try_fill_with_zeros())]
    pub running_mean: Tensor<(P::Size0,), E, D>,
    /// The variance that evaluation takes.
    #[buffer(init = |variance| variance.try_fill_with_ones())]
    pub running_var: Tensor<(P::Size0,), E, D>,
    /// How many batches it has been trained with.
    #[scalar]
    pub num_batches_tracked: u64,
    layer: PhantomData<L>,
}

impl<In, L, P, E, D> Forward<In, E, D> for BatchNormModule<L, P, E, D>
where
    In: Shape,
    L: Described,
    P: Place,
    E: Dtype,
    D: Backend<E>,
{
    fn run(&self, input: Value<E, D>, context: &mut Context<E, D>) -> Result<Value<E, D>> {
        let affine = [optional(&self.weight), optional(&self.bias)];
        let running: [&dyn ParameterTensor<E, D>; 2] = [&self.running_mean, &self.running_var];
        let output = normalize(input, affine, running, const { &L::CALL }, const { &In::DIMS }, context)?;
        if context.is_training() {
            context.count(&self.num_batches_tracked);
        }
        Ok(output)
    }
}

fn geometry(batch: usize, call: &Call, sizes: &Dims) -> BatchNormGeometry {
    let (channels, spatial) = (sizes.size(0), sizes.product(1, sizes.rank()));
    BatchNormGeometry { batch, channels, spatial, epsilon: call.float(EPS) }
}

/// The layer with these arguments behind these sizes: by its running statistics, or, in training, by the batch's, which move them.
fn normalize<E: Dtype, D: Backend<E>>(
    input: Value<E, D>,
    affine: [Option<&dyn ParameterTensor<E, D>>; 2],
    running: [&dyn ParameterTensor<E, D>; 2],
    call: &Call,
    sizes: &Dims,
    context: &mut Context<E, D>,
) -> Result<Value<E, D>> {
    let input = input.elements()?;
    let geometry = geometry(input.shape().0, call, sizes);
    let [weight, bias] = affine.map(|parameter| parameter.map(|parameter| parameter.share().rank1()));
    if !context.is_training() {
        let [mean, variance] = running.map(|statistic| statistic.share().rank1());
        return Ok(D::try_batch_norm_eval(input, weight.as_ref(), bias.as_ref(), &mean, &variance, &geometry)?.into());
    }
    let received = geometry.batch * geometry.spatial;
    if received < 2 {
        let what = "batch normalization in training (values a channel)";
        return Err(Error::BatchTooSmall { what, needed: 2, received });
    }
    let (output, statistics) =
        D::try_batch_norm_train(input, weight.as_ref(), bias.as_ref(), (geometry.channels,), &geometry)?;
    let momentum = call.float(MOMENTUM);
    for (running, batch) in running.into_iter().zip([&statistics.mean, &statistics.variance]) {
        // A user may have put a broadcast tensor there, which dfdx would not add to.
        let mut average = context.buffer(running).rank1().try_contiguous()?;
        average.try_axpy(1.0 - momentum, batch, momentum)?;
        context.update(running, AnyTensor::Rank1(average));
    }
    Ok(output.into())
}
