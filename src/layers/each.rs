//! `Each`.

use crate::error::Result;
use crate::layer::{Value, layer};
use crate::network::{Branches, FeedsEachPart};
use crate::ops::Backend;
use crate::shape::{Dims, Help, Inferred, Message, Mistake};
use dfdx::shapes::Dtype;
use std::marker::PhantomData;

/// The same layers on each of several values: (x₁, x₂, …) → (f(x₁), f(x₂), …)
///
/// `Each<[layers]>`: its parameters are shared by all values, as in a Siamese network, and each value adds to their gradients. In
/// training, batch normalization takes the statistics of each value by itself. For layers of its own for each value there is
/// [`Parallel`](super::Parallel). It has no part in the names of its layers' parameters, and names in its list are fields of the
/// network around it.
///
/// # Shapes
/// (S, S, …) → (the output of the list, the same, …)
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// network! {
///     /// Whether two images show the same digit.
///     struct Same: Input<1, 8, 8> + Input<1, 8, 8> {
///         Each<[conv: Conv2d<.., 4, 3>, ReLU, Flatten]>,
///         Concat,
///         out: Linear<.., 2>,
///     }
/// }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let (one, other): (Tensor<Rank4<5, 1, 8, 8>, f32, Cpu>, Tensor<Rank4<5, 1, 8, 8>, f32, Cpu>) = (dev.ones(), dev.zeros());
/// let y: Tensor<Rank2<5, 2>, f32, _> = Same::build(&dev)?.try_forward((one, other))?;
/// # Ok(())
/// # }
/// ```
///
/// Source: Bromley et al., *Signature Verification using a "Siamese" Time Delay Neural Network*, 1993.
#[layer(layers: layers)]
pub struct Each;

/// The most values that a network can have at one place.
const MOST: usize = 8;

/// The outputs for as many values as there can be.
struct Copies<A, In>(PhantomData<(A, In)>);

impl<In: crate::shape::Shape, A: Branches<In, FeedsEachPart>> Copies<A, In> {
    const OUTPUT: Dims = match A::OUTPUTS {
        [output, ..] => *output,
        [] => In::DIMS,
    };
    const OUTPUTS: &'static [Dims] = &[Self::OUTPUT; MOST];
}

const fn infer(input: Dims, lists: &'static [Option<&'static Inferred>], copies: &'static [Dims]) -> Inferred {
    let count = input.count_to(MOST);
    let mut mistake = None;
    let mut part = 1;
    while part < count {
        if mistake.is_none() && !input.part(part).agrees(&input.part(0)) {
            let why = Message::new("applies the same layers to each of {}, but value {} is another shape than value 1");
            let help = Help::Say(Message::new("`Parallel<[…], […]>` has layers of its own for each value"));
            mistake = Some(Mistake::new(why.dims(input).number(part + 1)).help(help));
        }
        part += 1;
    }
    let output = if count == 1 { copies[0] } else { Dims::several(copies.split_at(count).0) };
    let inferred = Inferred::new(output).made_of_lists(lists).mistake(mistake);
    let (macs, activations) = match lists {
        [Some(list), ..] => (list.macs, list.activations),
        _ => (0, 0),
    };
    let activations = output.numel().saturating_add(activations.saturating_mul(count));
    inferred.macs(macs.saturating_mul(count)).activations(activations)
}

branching!(Each of FeedsEachPart: infer(In::DIMS, A::LISTS, Copies::<A, In>::OUTPUTS), {
    fn join<E: Dtype, D: Backend<E>>(_: Value<E, D>, outputs: Vec<Value<E, D>>) -> Result<Value<E, D>> {
        Ok(Value::of(outputs))
    }
});
