//! Networks on batches whose examples are flat, whatever their shape: so that what tests do with them is compiled once.

use shapewright::layer::{Context, Forward, Value};
use shapewright::ops::InputTape;
use shapewright::prelude::*;
use shapewright::shape::{Dims, Shape};

/// A batch of flat examples; several inputs stand beside each other.
pub type Flat<E, D, T> = Tensor<(usize, usize), E, D, T>;

fn run<N, T>(
    network: &N,
    input: Flat<N::Dtype, N::Device, T>,
    context: &mut Context<N::Dtype, N::Device>,
) -> Result<Flat<N::Dtype, N::Device, T>>
where
    N: Network,
    T: InputTape<N::Dtype, N::Device>,
{
    let sizes: Vec<usize> = N::Input::DIMS.parts().iter().map(Dims::numel).collect();
    let input = Value::from(input);
    let input = if sizes.is_empty() { input } else { Value::Several(input.cut(&sizes)?) };
    Forward::<N::Input, _, _>::run(network, input, context)?.joined()
}

/// The output in evaluation; several beside each other.
pub fn eval<N: Network, T: InputTape<N::Dtype, N::Device>>(
    network: &N,
    input: Flat<N::Dtype, N::Device, T>,
) -> Result<Flat<N::Dtype, N::Device, T>> {
    run(network, input, &mut Context::evaluation())
}

/// The logits in evaluation.
pub fn eval_logits<N: Network, T: InputTape<N::Dtype, N::Device>>(
    network: &N,
    input: Flat<N::Dtype, N::Device, T>,
) -> Result<Flat<N::Dtype, N::Device, T>> {
    run(network, input, &mut Context::evaluation().up_to_logits())
}

/// The output in training.
pub fn train<N: Network, T: InputTape<N::Dtype, N::Device>>(
    network: &mut N,
    input: Flat<N::Dtype, N::Device, T>,
) -> Result<Flat<N::Dtype, N::Device, T>> {
    let mut context = Context::training();
    let output = run(network, input, &mut context)?;
    context.finish(network)?;
    Ok(output)
}

/// The logits in training.
pub fn train_logits<N: Network, T: InputTape<N::Dtype, N::Device>>(
    network: &mut N,
    input: Flat<N::Dtype, N::Device, T>,
) -> Result<Flat<N::Dtype, N::Device, T>> {
    let mut context = Context::training().up_to_logits();
    let output = run(network, input, &mut context)?;
    context.finish(network)?;
    Ok(output)
}
