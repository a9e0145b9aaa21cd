//! One step of training, from the loss on.

use dfdx::shapes::{Dtype, Rank0};
use dfdx::tensor::{Gradients, OwnedTape, Tensor};
use dfdx::tensor_ops::Backward;

use super::Optimizer;
use crate::error::Result;
use crate::network::Network;
use crate::ops::Backend;

/// Runs the backward pass of a loss, and updates the parameters of the network. It returns the gradients, set to zero,
/// for the next step. This is dfdx's `backward`, `update` and `zero_grads`; on the CPU, the last two are a single pass
/// over the parameters.
///
/// ```
/// use shapewright::{optim, prelude::*};
///
/// network! { struct Net: Input<4> { hidden: Linear<.., 8>, ReLU, out: Linear<.., 2> } }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let mut net = Net::build(&dev)?;
/// let mut optimizer = Sgd::new(&net, SgdConfig { lr: 0.1, ..SgdConfig::default() });
/// let mut gradients = net.alloc_grads();
///
/// let images: Tensor<Rank2<3, 4>, f32, Cpu> = dev.sample_normal();
/// let mut losses = Vec::new();
/// for _ in 0..5 {
///     let logits = net.try_train((images.clone(), gradients))?;
///     let loss = CrossEntropyLoss::default().try_forward(logits, &[0, 1, 1][..])?;
///     losses.push(loss.array());
///     gradients = optim::step(&mut net, &mut optimizer, loss)?;
/// }
/// assert!(losses[4] < losses[0]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If a parameter has no gradient in the optimizer's first step, because the loss doesn't depend on it, or if the
/// device fails.
pub fn step<N, E: Dtype, D: Backend<E>>(
    network: &mut N,
    optimizer: &mut impl Optimizer<N, D, E>,
    loss: Tensor<Rank0, E, D, OwnedTape<E, D>>,
) -> Result<Gradients<E, D>>
where
    N: Network<Dtype = E, Device = D>,
{
    let mut gradients = loss.try_backward()?;
    optimizer.step(network, &mut gradients)?;
    Ok(gradients)
}
