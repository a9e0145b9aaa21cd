//! `Sum`.

use crate::error::Result;
use crate::layer::{Activation, layer};
use crate::network::Branches;
use crate::ops::Backend;
use crate::shape::{Dims, Inferred, Message, Mistake};
use dfdx::shapes::{Dtype, HasShape};
use dfdx::tensor::{NoneTape, PutTape, Tape};

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
    fn join<E: Dtype, D: Backend<E>, T: Tape<E, D>>(
        input: Activation<E, D, NoneTape>,
        outputs: Vec<Activation<E, D, NoneTape>>,
        tape: T,
    ) -> Result<Activation<E, D, T>> {
        let mut outputs = outputs.into_iter();
        let first = outputs.next().unwrap_or(input).put_tape(tape);
        outputs.try_fold(first, |sum, output| {
            let shape = *sum.shape();
            Ok(D::try_add(sum, output.put_tape(T::default()), shape)?)
        })
    }
});
