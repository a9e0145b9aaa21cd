//! `Embedding`.

use super::initial::Normal;
use crate::call::{Arguments, Call, Keywords};
use crate::error::{Error, Result};
use crate::layer::{Context, Described, Forward, Layer, Module, OptionalTape, Place, Value, layer};
use crate::ops::Backend;
use crate::ops::embedding::EmbeddingGeometry;
use crate::parameters::ParameterTensor;
use crate::shape::{Dims, Inferred, Shape, Takes, times};
use dfdx::shapes::{Dtype, HasShape};
use dfdx::tensor::{Merge, PutTape, SplitTape, Tensor};
use dfdx::tensor_ops::Device;
use std::marker::PhantomData;

/// A row of a table for each index: y\[t\] = W\[x\[t\]\].
///
/// `Embedding<num_embeddings, embedding_dim>`: how many rows there are, and how long one is. The indices come from the network's
/// input, `Input<[usize; T]>`.
///
/// # Shapes
/// indices \[T\] → \[T, embedding_dim\]
///
/// # Parameters
/// | name | shape | initial values |
/// |---|---|---|
/// | `weight` | (num_embeddings, embedding_dim) | normal, of mean 0 and variance 1 |
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) if an index isn't below `num_embeddings`; it names the index, and where it stands.
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// network! {
///     /// Whether a sentence of four words, of a vocabulary of 100, is a question.
///     struct Net: Input<[usize; 4]> { words: Embedding<100, 8>, Flatten, out: Linear<.., 2> }
/// }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let net = Net::build(&dev)?;
/// let sentences: Tensor<Rank2<2, 4>, usize, Cpu> = dev.tensor([[7, 1, 99, 0], [7, 3, 3, 0]]);
/// let y: Tensor<Rank2<2, 2>, f32, Cpu> = net.try_forward(sentences)?;
///
/// let error = net.try_forward(dev.tensor([7, 1, 100, 0])).unwrap_err();
/// assert!(error.to_string().contains("the index 100 at position 2 of example 0"));
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.Embedding`](https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html).
#[layer(num_embeddings: size, embedding_dim: size)]
pub struct Embedding;

/// The positions of the parameters above.
const NUM_EMBEDDINGS: usize = 0;
const EMBEDDING_DIM: usize = 1;

const fn infer(input: Dims, call: Call) -> Inferred {
    let (rows, width) = (call.size(NUM_EMBEDDINGS), call.size(EMBEDDING_DIM));
    let output = match input.rank() {
        0 => Dims::new(&[width]),
        _ => Dims::new(&[input.size(0), width]),
    };
    Inferred::new(output).parameters(&[rows, width], times(rows, width)).takes(Takes::Indices)
}

#[diagnostic::do_not_recommend]
impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for Embedding<A, K> {
    const INFERRED: Inferred = infer(In::DIMS, Self::CALL);
    type Module<P: Place, E: Dtype, D: Device<E>> = EmbeddingModule<Self, P, E, D>;
}

/// The parameters of an [`Embedding`] layer.
#[derive(Clone, Debug, Module)]
pub struct EmbeddingModule<L: Described, P: Place, E: Dtype, D: Device<E>> {
    /// W, (num_embeddings, embedding_dim).
    #[parameter(init = |weight| weight.try_fill_with_distr(Normal))]
    pub weight: Tensor<(P::Size0, P::Size1), E, D>,
    layer: PhantomData<L>,
}

impl<In, L, P, E, D> Forward<In, E, D> for EmbeddingModule<L, P, E, D>
where
    In: Shape,
    L: Described,
    P: Place,
    E: Dtype,
    D: Backend<E>,
{
    fn run(&self, input: Value<E, D>, _: &mut Context<E, D>) -> Result<Value<E, D>> {
        look_up(input, &self.weight)
    }
}

fn look_up<E: Dtype, D: Backend<E>>(input: Value<E, D>, weight: &dyn ParameterTensor<E, D>) -> Result<Value<E, D>> {
    let indices = input.indices()?;
    let weight = weight.share().rank2();
    let &(rows, width) = weight.shape();
    let length = indices.values.len() / indices.batch.max(1);
    if let Some(at) = indices.values.iter().position(|index| *index >= rows) {
        let (index, position, example) = (indices.values[at], at % length, at / length);
        let why = format!(
            "`Embedding` has {rows} rows, but receives the index {index} at position {position} of example {example}"
        );
        return Err(Error::Argument(why));
    }
    let weight = weight.put_tape(OptionalTape::empty(indices.tape.is_recording()));
    let geometry = EmbeddingGeometry { rows, width };
    let output = D::try_embedding(&indices.values, weight, (indices.batch, length * width), &geometry)?;
    let (output, own) = output.split_tape();
    Ok(Value::Elements(output.put_tape(indices.tape.merge(own))))
}
