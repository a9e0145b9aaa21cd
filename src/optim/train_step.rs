//! One step of training, from the inputs to the updated parameters.

use dfdx::shapes::{Dtype, Rank0};
use dfdx::tensor::{Gradients, NoneTape, OwnedTape, Tensor};

use super::{Optimizer, step};
use crate::error::Result;
use crate::layer::Context;
use crate::network::{Batch, Network, pass, retain_gradients};
use crate::ops::Backend;

/// The output of a network for inputs of type `X` while operations are recorded for the backward pass.
pub type Recorded<N, X> = <(X, Gradients<<N as Network>::Dtype, <N as Network>::Device>) as Batch<
    <N as Network>::Input,
    <N as Network>::Dtype,
    <N as Network>::Device,
>>::Output<<N as Network>::Output>;

/// Takes a step of training: runs the network in training mode, computes the loss of its output, runs the backward pass
/// and updates the parameters. It returns the loss; on a GPU, the host waits for its value only when it is read.
///
/// `loss` gets the network's output, or, if the network ends in `Softmax` or `LogSoftmax`, the logits before this
/// layer. The optimizer keeps the buffers of the gradients from one step to the next. A caller that needs the
/// gradients, or several losses in a step, calls the parts instead: [`try_train`](Network::try_train), the
/// loss, and [`step`].
///
/// ```
/// use shapewright::{optim, prelude::*};
///
/// network! { struct Net: Input<4> { hidden: Linear<.., 8>, ReLU, out: Linear<.., 2>, Softmax } }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let mut net = Net::build(&dev)?;
/// let mut optimizer = Adam::new(&net, AdamConfig { lr: 0.01, ..AdamConfig::default() });
///
/// let images: Tensor<Rank2<3, 4>, f32, Cpu> = dev.sample_normal();
/// let mut losses = Vec::new();
/// for _ in 0..5 {
///     let loss = optim::train_step(&mut net, &mut optimizer, images.clone(), |logits| {
///         CrossEntropyLoss::default().try_forward(logits, &[0, 1, 1])
///     })?;
///     losses.push(loss.array());
/// }
/// assert!(losses[4] < losses[0]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of the network and of the loss, after which nothing but running statistics may have changed;
/// [`Error::NoGradient`](crate::Error::NoGradient) if a parameter has no gradient in the optimizer's first step,
/// because the loss doesn't depend on it.
pub fn train_step<N, X, E, D, O>(
    network: &mut N,
    optimizer: &mut O,
    inputs: X,
    loss: impl FnOnce(Recorded<N, X>) -> Result<Tensor<Rank0, E, D, OwnedTape<E, D>>>,
) -> Result<Tensor<Rank0, E, D>>
where
    N: Network<Dtype = E, Device = D>,
    E: Dtype,
    D: Backend<E>,
    O: Optimizer<N, D, E>,
    (X, Gradients<E, D>): Batch<N::Input, E, D>,
{
    let gradients = match optimizer.take_gradients() {
        Some(mut gradients) => {
            retain_gradients(network, &mut gradients)?;
            gradients
        }
        None => network.try_alloc_grads()?,
    };
    let output = pass(network, (inputs, gradients), Context::training().up_to_logits())?;
    let loss = loss(output)?;
    let value = loss.retaped::<NoneTape>();
    let gradients = step(network, optimizer, loss)?;
    optimizer.keep_gradients(gradients);
    Ok(value)
}
