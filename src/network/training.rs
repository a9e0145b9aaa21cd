//! Passes in training, and whether the layers in lists train.

use super::{Batch, Network};
use crate::error::Result;
use crate::layer::{Context, Layer, Training};
use crate::shape::Shape;
use std::fmt::{Debug, Formatter};
use std::marker::PhantomData;

/// Whether parameters in the lists of layer `L` behind `In` train: if they do where `L` stands, and `L` lets them.
pub struct Inside<L, In, R>(PhantomData<fn() -> (L, In, R)>);

impl<L, In, R> Clone for Inside<L, In, R> {
    fn clone(&self) -> Self {
        Inside(PhantomData)
    }
}

impl<L, In, R> Debug for Inside<L, In, R> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Inside")
    }
}

impl<L: Layer<In>, In: Shape, R: Training> Training for Inside<L, In, R> {
    const TRAINS: bool = R::TRAINS && L::TRAINS;
}

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
