//! `Concat`, and what it shares with `Skip`.

use super::sum::{nothing_to_join, values};
use crate::call::{self, Call};
use crate::error::Result;
use crate::layer::{Described, Value, layer};
use crate::network::Branches;
use crate::ops::Backend;
use crate::ops::concat::ConcatGeometry;
use crate::shape::{Dims, Help, Inferred, Message, Mistake, UNKNOWN, agree, plus};
use dfdx::shapes::{Dtype, HasShape};

/// Joins the outputs of several lists of layers, each of which receives the input, along one dimension; or several values.
///
/// `Concat<[layers], [layers], …, dim = 1>`, up to eight lists, or `Concat<dim = 1>` without any, behind several values. Dimensions are counted as PyTorch does, the batch being 0; 1 is
/// the channels of images and the features of vectors, −1 the last. It has no part in the names of its layers'
/// parameters, and names in its lists are fields of the network around it.
///
/// # Shapes
/// S → the outputs of the lists, which are the same but for `dim`, where their sizes are added; of several values likewise
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<3, 32, 32>, Concat<
///     [Conv2d<.., 16, 1>],
///     [Conv2d<.., 8, 1>, Conv2d<.., 24, 3, padding = 1>],
///     [MaxPool2d<3, stride = 1, padding = 1>],
/// >);
/// assert_eq!(Net::OUTPUT.as_slice(), [16 + 24 + 3, 32, 32]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.cat`](https://pytorch.org/docs/stable/generated/torch.cat.html); Szegedy et al.,
/// [*Going Deeper with Convolutions*](https://arxiv.org/abs/1409.4842), 2014.
#[layer(*layers: layers = .., dim: dimension = 1)]
pub struct Concat;


/// The dimension along which a call joins examples of that many dimensions, counted from 0.
const fn axis(call: &Call, rank: usize) -> usize {
    match call.value(1) {
        call::Value::Float(_) => rank.saturating_sub(1),
        _ => call.size_or(1, 1) - 1,
    }
}

/// Two shapes joined along an axis, or the first axis in which else they differ.
const fn joined(a: Dims, b: Dims, axis: usize) -> std::result::Result<Dims, usize> {
    if a.rank() != b.rank() {
        return Err(a.rank());
    }
    let mut other = 0;
    while other < a.rank() {
        if other != axis && !agree(a.size(other), b.size(other)) {
            return Err(other);
        }
        other += 1;
    }
    Ok(a.with(axis, plus(a.size(axis), b.size(axis))))
}

/// The output of joined tensors, and what is wrong with that.
///
/// `first` comes from `what`, the others from `these`, which are counted from 2 if they are lists or values.
pub(super) const fn join(
    first: Dims,
    what: &'static str,
    others: &[Dims],
    these: &'static str,
    call: &Call,
) -> (Dims, Option<Mistake>) {
    let mut output = first;
    let axis = axis(call, output.rank());
    if output.rank() == 0 {
        return (output, Some(Mistake::new(Message::new("joins a dimension, but receives single numbers"))));
    }
    if axis >= output.rank() {
        let why = Message::new("joins dimension {}, but receives {}, whose last is {}");
        let why = why.number(axis + 1).dims(output).number(output.rank());
        let help = Help::Size { parameter: "dim", size: output.rank(), follows: false };
        return (output, Some(Mistake::new(why).help(help)));
    }
    let mut i = 0;
    while i < others.len() {
        let differs = match joined(output, others[i], axis) {
            Ok(both) => {
                output = both;
                i += 1;
                continue;
            }
            Err(differs) => differs,
        };
        let why = match these.len() <= "value".len() {
            true => Message::new("joins {} of {} and {} of {} {}, but they may differ in dimension {} only")
                .dims(first)
                .text(what)
                .dims(others[i])
                .text(these)
                .number(i + 2),
            false => Message::new("joins {} of {} and {} of {}, but they may differ in dimension {} only")
                .dims(first)
                .text(what)
                .dims(others[i])
                .text(these),
        };
        let help = match (output.rank(), others[i].rank()) {
            (a, b) if a != b => Message::new("all must have {} dimensions, as the first has").number(a),
            (3, _) if differs > 0 => Message::new("all other sizes must be equal: mind strides and paddings"),
            _ => Message::new("all other sizes must be equal"),
        };
        return (output.with(axis, UNKNOWN), Some(Mistake::new(why.number(axis + 1)).help(Help::Say(help))));
    }
    (output, None)
}

/// Joins tensors whose examples have these shapes.
pub(super) fn try_join<E: Dtype, D: Backend<E>>(
    values: Vec<Value<E, D>>,
    shapes: &[Dims],
    call: &Call,
) -> Result<Value<E, D>> {
    let axis = axis(call, shapes[0].rank());
    let tensors = values.into_iter().map(Value::elements).collect::<Result<Vec<_>>>()?;
    let geometry = ConcatGeometry {
        batch: tensors[0].shape().0,
        rows: shapes[0].product(0, axis),
        parts: shapes.iter().map(|shape| shape.product(axis, shape.rank())).collect(),
    };
    Ok(D::try_concat(tensors, &geometry)?.into())
}

const fn infer(
    input: Dims,
    call: Call,
    lists: &'static [Option<&'static Inferred>],
    outputs: &'static [Dims],
) -> Inferred {
    let (outputs, these) = values(&input, lists, outputs);
    let [first, others @ ..] = outputs else { return nothing_to_join(input, "Concat") };
    if let Some(several) = Inferred::of_several(outputs, these) {
        return several.made_of_lists(lists);
    }
    let (first_name, these) = if these.len() == "list".len() { ("list 1", "list") } else { ("value 1", "value") };
    let (output, mistake) = join(*first, first_name, others, these, &call);
    Inferred::new(output).made_of_lists(lists).mistake(mistake)
}

branching!(Concat: infer(In::DIMS, Self::CALL, <A as Branches<In>>::LISTS, A::OUTPUTS), {
    fn join<E: Dtype, D: Backend<E>>(input: Value<E, D>, outputs: Vec<Value<E, D>>) -> Result<Value<E, D>> {
        match outputs.is_empty() {
            true => try_join(input.several(), In::DIMS.parts(), &Self::CALL),
            false => try_join(outputs, A::OUTPUTS, &Self::CALL),
        }
    }
});
