//! `Softmax`, and what it shares with `LogSoftmax`.

use crate::call::{Call, Value};
use crate::error::Result;
use crate::layer::{Activation, HasLogits, layer};
use crate::ops::Backend;
use crate::ops::softmax::{Scale, SoftmaxGeometry};
use crate::shape::{Dims, Help, Inferred, Message, Mistake, Shape};
use dfdx::shapes::{Dtype, HasShape};

/// Probabilities: y_i = exp(x_i) / Σ_j exp(x_j), the greatest x taken off first, so that nothing overflows.
///
/// `Softmax<dim = 1>`: dimensions are counted as PyTorch does, the batch being 0, and −1 is the last. Without `dim` it is the features of
/// \[N\] and the channels of \[C, H, W\].
///
/// **For training, don't give the probabilities to a loss.** A network that ends in `Softmax` also has
/// [`logits`](crate::network::Network::train_logits), the tensor before this layer, from which
/// [`CrossEntropyLoss`](crate::loss::CrossEntropyLoss) computes its result without rounding to 0 or 1.
///
/// # Shapes
/// any → the same
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<2>, Softmax);
/// let dev = Cpu::default();
/// let net = Net::build(&dev)?;
/// assert_eq!(net.try_forward(dev.tensor([3.0, 3.0]))?.array(), [0.5, 0.5]);
/// assert_eq!(net.try_logits(dev.tensor([3.0, 3.0]))?.array(), [3.0, 3.0]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.Softmax`](https://pytorch.org/docs/stable/generated/torch.nn.Softmax.html).
#[layer(dim: dimension = ..)]
pub struct Softmax;


/// The dimension of an example that is normalized, counted from 0.
const fn axis(input: &Dims, call: &Call) -> usize {
    match call.value(0) {
        Value::Float(_) => input.rank().saturating_sub(1),
        _ => call.size_or(0, 1) - 1,
    }
}

pub(super) const fn infer(input: Dims, call: Call) -> Inferred {
    let given = !matches!(call.value(0), Value::Infer);
    let why = if input.rank() == 0 {
        Message::new("normalizes a dimension, but receives a single number")
    } else if axis(&input, &call) >= input.rank() {
        Message::new("normalizes dimension {}, but receives {}, whose last is {}")
            .number(axis(&input, &call) + 1)
            .dims(input)
            .number(input.rank())
    } else if !given && input.rank() != 1 && input.rank() != 3 {
        Message::new("does not know which dimension of {} to normalize").dims(input)
    } else {
        return Inferred::new(input);
    };
    let help = Help::Size { parameter: "dim", size: input.rank(), follows: false };
    Inferred::new(input).mistake(Some(Mistake::new(why).help(if input.rank() > 0 { help } else { Help::Nothing })))
}

pub(super) fn normalize<In: Shape, E: Dtype, D: Backend<E>>(
    input: Activation<E, D>,
    call: &Call,
    scale: Scale,
) -> Result<Activation<E, D>> {
    let axis = axis(&In::DIMS, call);
    let geometry = SoftmaxGeometry {
        outer: input.shape().0 * In::DIMS.product(0, axis),
        classes: In::DIMS.size(axis),
        inner: In::DIMS.product(axis + 1, In::DIMS.rank()),
    };
    Ok(D::try_softmax(input, scale, &geometry)?)
}

/// The shape rule and the forward pass of a layer that turns logits into probabilities.
macro_rules! softmax {
    ($name:ident, $scale:expr) => {
        stateless!($name: |dims, call| infer(dims, call), |input, call, context| {
            if context.ends_in_logits() { Ok(input) } else { normalize::<In, E, D>(input, &call, $scale) }
        });

        #[diagnostic::do_not_recommend]
        impl<A, K, Marker> HasLogits<Marker> for $name<A, K> {}
    };
}
pub(super) use softmax;

softmax!(Softmax, Scale::Linear);
