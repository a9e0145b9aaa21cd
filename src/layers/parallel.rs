//! `Parallel`.

use crate::error::Result;
use crate::layer::{Value, layer};
use crate::network::FeedsParts;
use crate::ops::Backend;
use crate::shape::{Dims, Help, Inferred, Message, Mistake, UNKNOWN};
use dfdx::shapes::Dtype;

/// A list of layers for each of several values: (x₁, x₂, …) → (f₁(x₁), f₂(x₂), …)
///
/// `Parallel<[layers], [layers], …>`, two to eight. Several values are a network's [inputs](crate::network!#input), or what
/// [`Split`](super::Split) makes; [`Concat`](super::Concat) and [`Sum`](super::Sum) join them again. For the same layers on all
/// values there is [`Each`](super::Each). It has no part in the names of its layers' parameters, and names in its lists are
/// fields of the network around it.
///
/// # Shapes
/// (S₁, S₂, …) → (the output of the first list, that of the second, …)
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// network! {
///     struct Net: Input<8> {
///         Split<[wide: Linear<.., 6>], [narrow: Linear<.., 2>]>,
///         Parallel<[ReLU], [Tanh, Linear<.., 3>]>,
///         Concat,
///         out: Linear<9, 4>,
///     }
/// }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let y: Tensor<Rank1<4>, f32, _> = Net::build(&dev)?.try_forward(dev.ones::<Rank1<8>>())?;
/// # Ok(())
/// # }
/// ```
#[layer(*layers: layers)]
pub struct Parallel;

const fn infer(input: Dims, lists: &'static [Option<&'static Inferred>], outputs: &'static [Dims]) -> Inferred {
    let mistake = if input.count() == outputs.len() || !input.parts().is_empty() && input.numel() == UNKNOWN {
        None
    } else {
        let why = Message::new("has {} lists, but receives {} values: {}");
        let why = why.number(outputs.len()).number(input.count()).dims(input);
        Some(Mistake::new(why).help(Help::Say(Message::new("give it one list for each value"))))
    };
    let output = match outputs {
        [] => input,
        [one] => *one,
        several => Dims::several(several),
    };
    Inferred::new(output).made_of_lists(lists).mistake(mistake)
}

branching!(Parallel of FeedsParts: infer(In::DIMS, A::LISTS, A::OUTPUTS), {
    fn join<E: Dtype, D: Backend<E>>(_: Value<E, D>, outputs: Vec<Value<E, D>>) -> Result<Value<E, D>> {
        Ok(Value::of(outputs))
    }
});
