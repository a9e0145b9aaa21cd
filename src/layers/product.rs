//! `Product`.

use super::sum::{nothing_to_join, values};
use crate::error::{Error, Result};
use crate::layer::{Activation, Value, layer};
use crate::network::Branches;
use crate::ops::Backend;
use crate::ops::binary::{BinaryGeometry, Function};
use crate::shape::{Dims, Help, Inferred, Message, Mistake, UNKNOWN, agree};
use dfdx::shapes::{Dtype, HasShape};

/// The product of several lists of layers, each of which receives the input, y = f₁(x) ⊙ f₂(x) ⊙ …, element by element, or of
/// several values, y = x₁ ⊙ x₂ ⊙ …
///
/// `Product<[layers], [layers], …>`, up to eight lists, or `Product` without any, behind several values. A dimension of 1 is
/// repeated: so a list that gives \[C, 1, 1\] scales the channels of an image, as in squeeze-and-excitation. `[Identity]` is the
/// input itself. It has no part in the names of its layers' parameters, and names in its lists are fields of the network around it.
///
/// # Shapes
/// Along each dimension, the outputs of the lists, or the values, have the same size, or 1; the product has the greater one.
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// network! {
///     struct Gated: Input<2, 4, 4> {
///         Product<[Identity], [AdaptiveAvgPool2d<1>, fc1: Conv2d<.., 1, 1>, ReLU, fc2: Conv2d<.., 2, 1>, Sigmoid]>,
///     }
/// }
/// let dev = Cpu::default();
/// let mut net = Gated::build(&dev)?;
/// net.fc2.weight = dev.zeros();
/// net.fc2.bias = Some(dev.zeros()); // Each channel is scaled by the sigmoid of 0.
/// let y = net.try_forward(dev.ones::<Rank3<2, 4, 4>>())?;
/// assert_eq!(y.array(), [[[0.5; 4]; 4]; 2]);
/// # Ok(())
/// # }
/// ```
///
/// Source: Hu, Shen and Sun, [*Squeeze-and-Excitation Networks*](https://arxiv.org/abs/1709.01507), 2018.
#[layer(*layers: layers = ..)]
pub struct Product;

const fn infer(input: Dims, lists: &'static [Option<&'static Inferred>], outputs: &'static [Dims]) -> Inferred {
    let (outputs, these) = values(&input, lists, outputs);
    let [first, ..] = outputs else { return nothing_to_join(input, "Product") };
    if let Some(several) = Inferred::of_several(outputs, these) {
        return several.made_of_lists(lists);
    }
    let (mut product, mut mistake, mut i) = (*first, None, 1);
    while i < outputs.len() {
        match times(product, outputs[i]) {
            Some(both) => product = both,
            None if mistake.is_none() => {
                let why = "multiplies {} by {} of {} {}, but sizes must be the same, or 1";
                let why = Message::new(why).dims(product).dims(outputs[i]).text(these).number(i + 1);
                let is_channels = outputs[i].rank() == 1 && product.rank() == 3 && outputs[i].last() == product.size(0);
                mistake = Some(Mistake::new(why).help(if is_channels {
                    let scale = Message::new("what scales channels is [{}, 1, 1], as `AdaptiveAvgPool2d<1>` makes it");
                    Help::Say(scale.number(product.size(0)))
                } else {
                    Help::Nothing
                }));
            }
            None => {}
        }
        i += 1;
    }
    Inferred::new(product).made_of_lists(lists).mistake(mistake)
}

/// The sizes of a product, if both fit.
const fn times(one: Dims, other: Dims) -> Option<Dims> {
    if one.rank() != other.rank() {
        return if one.numel() == UNKNOWN || other.numel() == UNKNOWN { Some(one) } else { None };
    }
    let (mut both, mut axis) = (one, 0);
    while axis < one.rank() {
        if one.size(axis) == 1 {
            both = both.with(axis, other.size(axis));
        } else if other.size(axis) != 1 && !agree(one.size(axis), other.size(axis)) {
            return None;
        }
        axis += 1;
    }
    Some(both)
}

/// The product of values of these sizes.
fn multiply<E: Dtype, D: Backend<E>>(values: Vec<Value<E, D>>, sizes: &[Dims]) -> Result<Value<E, D>> {
    let mut product: Option<(Activation<E, D>, Vec<usize>)> = None;
    for (value, dims) in values.into_iter().zip(sizes) {
        let (value, sizes) = (value.elements()?, dims.as_slice().to_vec());
        product = Some(match product {
            None => (value, sizes),
            Some((before, before_sizes)) => scaled(before, &before_sizes, value, &sizes)?,
        });
    }
    match product {
        Some((product, _)) => Ok(product.into()),
        None => Err(Error::Argument("a product of nothing was asked for".into())),
    }
}

/// The product of two batches, of which each example has these sizes, and its sizes.
fn scaled<E: Dtype, D: Backend<E>>(
    one: Activation<E, D>,
    one_sizes: &[usize],
    other: Activation<E, D>,
    other_sizes: &[usize],
) -> Result<(Activation<E, D>, Vec<usize>)> {
    let batch = one.shape().0;
    let [left, right] = [one_sizes, other_sizes].map(|sizes| [&[batch], sizes].concat());
    let geometry = BinaryGeometry { function: Function::Mul, left, right };
    let sizes = geometry.output()[1..].to_vec();
    Ok((D::try_binary(one, other, (batch, sizes.iter().product::<usize>()), &geometry)?, sizes))
}

branching!(Product: infer(In::DIMS, <A as Branches<In>>::LISTS, A::OUTPUTS), {
    fn join<E: Dtype, D: Backend<E>>(input: Value<E, D>, outputs: Vec<Value<E, D>>) -> Result<Value<E, D>> {
        let sizes = const { values(&In::DIMS, <A as Branches<In>>::LISTS, A::OUTPUTS).0 };
        multiply(if outputs.is_empty() { input.several() } else { outputs }, sizes)
    }
});
