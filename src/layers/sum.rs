//! `Sum`.

use crate::error::Result;
use crate::layer::{Value, layer};
use crate::network::Branches;
use crate::ops::Backend;
use crate::shape::{Dims, Inferred, Message, Mistake};
use dfdx::shapes::{Dtype, HasShape};

/// The sum of several lists of layers, each of which receives the input: y = f₁(x) + f₂(x) + …
///
/// `Sum<[layers], [layers], …>`, up to eight. For y = f(x) + x there is [`Residual`](super::Residual). It has no part in
/// the names of its layers' parameters, and names in its lists are fields of the network around it.
///
/// # Shapes
/// S → the output of the lists, which is the same for all
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
#[layer(*layers: layers)]
pub struct Sum;

/// The sum of two values of one shape.
pub(super) fn add<E: Dtype, D: Backend<E>>(first: Value<E, D>, second: Value<E, D>) -> Result<Value<E, D>> {
    let (first, second) = (first.elements()?, second.elements()?);
    let shape = *first.shape();
    Ok(D::try_add(first, second, shape)?.into())
}

const fn infer(input: Dims, lists: &'static [Option<&'static Inferred>], outputs: &'static [Dims]) -> Inferred {
    let [first, ..] = outputs else { return Inferred::new(input) };
    if let Some(several) = Inferred::of_several(outputs) {
        return several.made_of_lists(lists);
    }
    let mut mistake = None;
    let mut i = outputs.len();
    while i > 1 {
        i -= 1;
        if !outputs[i].agrees(first) {
            let why = Message::new("adds {} of list 1 and {} of list {}, but only equal shapes can be added");
            mistake = Some(Mistake::new(why.dims(*first).dims(outputs[i]).number(i + 1)));
        }
    }
    Inferred::new(*first).made_of_lists(lists).mistake(mistake)
}

branching!(Sum: infer(In::DIMS, <A as Branches<In>>::LISTS, A::OUTPUTS), {
    fn join<E: Dtype, D: Backend<E>>(input: Value<E, D>, outputs: Vec<Value<E, D>>) -> Result<Value<E, D>> {
        let mut outputs = outputs.into_iter();
        let first = outputs.next().unwrap_or(input);
        outputs.try_fold(first, add)
    }
});
