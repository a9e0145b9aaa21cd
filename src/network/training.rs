//! Passes in training.

use super::{Batch, Network};
use crate::error::Result;
use crate::layer::Context;

/// A pass in training: the output, and what changes in the network.
pub(crate) fn pass<N, X>(
    network: &mut N,
    input: X,
    mut context: Context<N::Dtype, N::Device>,
) -> Result<X::Output<N::Output>>
where
    N: Network,
    X: Batch<N::Input, N::Dtype, N::Device>,
{
    let output = input.run(|input| network.run(input, &mut context))?;
    context.finish(network)?;
    Ok(output)
}
