//! `Sum`.

use crate::error::Result;
use crate::layer::{Value, layer};
use crate::network::Branches;
use crate::ops::Backend;
use crate::shape::{Dims, Help, Inferred, Message, Mistake, Takes, UNKNOWN};
use dfdx::shapes::{Dtype, HasShape};

/// The sum of several lists of layers, each of which receives the input, y = f₁(x) + f₂(x) + …, or of several values,
/// y = x₁ + x₂ + …
///
/// `Sum<[layers], [layers], …>`, up to eight lists, or `Sum` without any, behind several values. For y = f(x) + x there is [`Residual`](super::Residual). It has no part in
/// the names of its layers' parameters, and names in its lists are fields of the network around it.
///
/// # Shapes
/// S → the output of the lists, which is the same for all; (S, S, …) → S
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<3>, Sum<[ReLU], [ReLU], [Flatten]>);
/// let dev = Cpu::default();
/// let y = Net::build(&dev)?.try_forward(dev.tensor([-1.0, 0.0, 2.0]))?;
/// assert_eq!(y.array(), [-1.0, 0.0, 6.0]);
/// # Ok(())
/// # }
/// ```
#[layer(*layers: layers = ..)]
pub struct Sum;

/// What a layer joins: the outputs of its lists, or, without lists, several values; and what messages call them. There may be nothing.
pub(super) const fn values(
    input: &Dims,
    lists: &'static [Option<&'static Inferred>],
    outputs: &'static [Dims],
) -> (&'static [Dims], &'static str) {
    match lists {
        [Some(_), ..] => (outputs, "list"),
        _ if input.numel() == UNKNOWN => (&[], "value"),
        _ => (input.parts(), "value"),
    }
}

/// What a layer that joins makes of a single value.
pub(super) const fn nothing_to_join(input: Dims, layer: &'static str) -> Inferred {
    if !input.parts().is_empty() {
        return Inferred::new(Dims::UNCLEAR).takes(Takes::Anything);
    }
    let why = Message::new("joins several values, but receives one, {}").dims(input);
    let help = Message::new("give it lists that each receive it: `{}<[…], […]>`").text(layer);
    Inferred::new(input).mistake(Some(Mistake::new(why).help(Help::Say(help))))
}

/// The sum of two values of one shape.
pub(super) fn add<E: Dtype, D: Backend<E>>(first: Value<E, D>, second: Value<E, D>) -> Result<Value<E, D>> {
    let (first, second) = (first.elements()?, second.elements()?);
    let shape = *first.shape();
    Ok(D::try_add(first, second, shape)?.into())
}

const fn infer(input: Dims, lists: &'static [Option<&'static Inferred>], outputs: &'static [Dims]) -> Inferred {
    let (outputs, these) = values(&input, lists, outputs);
    let [first, ..] = outputs else { return nothing_to_join(input, "Sum") };
    if let Some(several) = Inferred::of_several(outputs, these) {
        return several.made_of_lists(lists);
    }
    let mut mistake = None;
    let mut i = outputs.len();
    while i > 1 {
        i -= 1;
        if !outputs[i].agrees(first) {
            let why = Message::new("adds {} of {} 1 and {} of {} {}, but only equal shapes can be added");
            let why = why.dims(*first).text(these).dims(outputs[i]).text(these).number(i + 1);
            mistake = Some(Mistake::new(why));
        }
    }
    Inferred::new(*first).made_of_lists(lists).mistake(mistake)
}

branching!(Sum: infer(In::DIMS, <A as Branches<In>>::LISTS, A::OUTPUTS), {
    fn join<E: Dtype, D: Backend<E>>(input: Value<E, D>, outputs: Vec<Value<E, D>>) -> Result<Value<E, D>> {
        let values = if outputs.is_empty() { input.several() } else { outputs };
        values.into_iter().map(Ok).reduce(|sum, value| add(sum?, value?)).unwrap_or_else(|| Ok(Value::Several(Vec::new())))
    }
});
