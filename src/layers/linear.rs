//! `Linear`.

use super::initial::Uniform;
use crate::call::{Arguments, Call, Keywords};
use crate::error::Result;
use crate::layer::{Context, Described, Forward, Layer, Module, Place, Value, layer};
use crate::ops::Backend;
use crate::ops::linear::LinearGeometry;
use crate::parameters::{ParameterTensor, optional};
use crate::shape::{Dims, Help, Inferred, Message, Mistake, Shape, agree, plural, plus, times};
use dfdx::shapes::{ConstDim, Dtype, HasShape};
use dfdx::tensor::Tensor;
use dfdx::tensor_ops::Device;
use std::marker::PhantomData;

/// A fully connected layer: y = W x + b, on the last dimension.
///
/// `Linear<in_features, out_features, bias = true>`; `in_features` follows from the input, `Linear<.., 10>`; of an image
/// that is the last dimension, so put a `Flatten` before it to take the whole.
///
/// # Shapes
/// \[…, in_features\] → \[…, out_features\]
///
/// # Parameters
/// | name | shape | initial values |
/// |---|---|---|
/// | `weight` | (out_features, in_features) | uniform in ±1/√in_features |
/// | `bias` | (out_features) | uniform in ±1/√in_features |
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// network! { struct Net: Input<2> { fc: Linear<.., 1> } }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let mut net = Net::build(&dev)?;
/// net.fc.weight = dev.tensor([[2.0, 3.0]]);
/// net.fc.bias = Some(dev.tensor([1.0]));
/// assert_eq!(net.try_forward(dev.tensor([10.0, 100.0]))?.array(), [321.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.Linear`](https://pytorch.org/docs/stable/generated/torch.nn.Linear.html).
#[layer(in_features: size = .., out_features: size, bias: flag = true)]
pub struct Linear;

/// The positions of the parameters above.
const IN_FEATURES: usize = 0;
const OUT_FEATURES: usize = 1;
const BIAS: usize = 2;

const fn infer(input: Dims, call: Call) -> Inferred {
    let in_features = call.size_or(IN_FEATURES, input.last());
    let out_features = call.size(OUT_FEATURES);
    let bias = if call.flag(BIAS) { out_features } else { 0 };
    let weights = times(in_features, out_features);
    let mistake = if input.rank() == 0 {
        Some(Mistake::new(Message::new("expects features, but receives a single number")))
    } else if !agree(input.last(), in_features) {
        let why = Message::new("expects {} input feature{}, but receives {} from {}");
        let why = why.number(in_features).text(plural(in_features)).number(input.last()).dims(input);
        let fit = Help::Size { parameter: "in_features", size: input.last(), follows: true };
        Some(Mistake::new(why).help(if input.rank() >= 2 && input.numel() == in_features {
            Help::Say(Message::new("put `Flatten` before it: {} flattened is {}").dims(input).number(input.numel()))
        } else {
            fit
        }))
    } else {
        None
    };
    Inferred::new(if input.rank() == 0 { Dims::new(&[out_features]) } else { input.with(input.rank() - 1, out_features) })
        .parameters(&[out_features, in_features], plus(weights, bias))
        .macs(times(input.product(0, input.rank().saturating_sub(1)), weights))
        .mistake(mistake)
}

#[diagnostic::do_not_recommend]
impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for Linear<A, K> {
    const INFERRED: Inferred = infer(In::DIMS, Self::CALL);
    type Module<P: Place, E: Dtype, D: Device<E>> = LinearModule<Self, P, E, D>;
}

/// The parameters of a [`Linear`] layer.
#[derive(Clone, Debug, Module)]
pub struct LinearModule<L: Described, P: Place, E: Dtype, D: Device<E>> {
    /// W, (out_features, in_features).
    #[parameter(init = |weight| weight.try_fill_with_distr(Uniform::of_fan_in(P::Size1::SIZE)))]
    pub weight: Tensor<(P::Size0, P::Size1), E, D>,
    /// b, (out_features), unless `bias = false`. Whether it is there is the layer's type: it stays `Some` or `None`.
    #[parameter(init = |bias| bias.try_fill_with_distr(Uniform::of_fan_in(P::Size1::SIZE)), if = L::CALL.flag(BIAS))]
    pub bias: Option<Tensor<(P::Size0,), E, D>>,
    layer: PhantomData<L>,
}

impl<In, L, P, E, D> Forward<In, E, D> for LinearModule<L, P, E, D>
where
    In: Shape,
    L: Described,
    P: Place,
    E: Dtype,
    D: Backend<E>,
{
    fn run(&self, input: Value<E, D>, _: &mut Context<E, D>) -> Result<Value<E, D>> {
        connect(input, &self.weight, optional(&self.bias), const { In::DIMS.product(0, In::DIMS.rank() - 1) })
    }
}

/// The layer behind so many rows an example.
fn connect<E: Dtype, D: Backend<E>>(
    input: Value<E, D>,
    weight: &dyn ParameterTensor<E, D>,
    bias: Option<&dyn ParameterTensor<E, D>>,
    rows: usize,
) -> Result<Value<E, D>> {
    let input = input.elements()?;
    let (batch, weight) = (input.shape().0, weight.share().rank2());
    let &(outputs, inputs) = weight.shape();
    let bias = bias.map(|bias| bias.share().rank1());
    let geometry = LinearGeometry { rows: batch * rows, inputs, outputs };
    Ok(D::try_linear(input, &weight, bias.as_ref(), (batch, rows * outputs), &geometry)?.into())
}
