//! `Residual`.

use crate::call::MAX_KEYWORDS;
use crate::error::Result;
use super::sum::add;
use crate::layer::{Value, layer};
use crate::network::Branches;
use crate::ops::Backend;
use crate::shape::{Dims, Help, Inferred, Message, Mistake, Report};
use dfdx::shapes::Dtype;

/// Adds its input to the output of its layers: y = f(x) + x, or y = f(x) + g(x) with a shortcut g.
///
/// `Residual<[layers]>`, `Residual<[layers], shortcut = [layers]>`. Where the layers keep the shape, the input is added as
/// it is; the shortcut is for where they don't, and has parameters only there. So one block serves all stages of a
/// ResNet, and its parameters are PyTorch's.
///
/// It has no part in the names of its layers' parameters, and names in its lists are fields of the network around it;
/// those in the shortcut are `Option`s.
///
/// # Shapes
/// S → the output of the layers, which is S or that of the shortcut
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// network! {
///     struct Net: Input<8, 32, 32> {
///         Residual<[conv1: Conv2d<.., 8, 3, padding = 1>, ReLU, conv2: Conv2d<.., 8, 3, padding = 1>]>,
///         Residual<
///             [conv3: Conv2d<.., 16, 3, stride = 2, padding = 1>],
///             shortcut = [downsample: Conv2d<.., 16, 1, stride = 2>],
///         >,
///     }
/// }
/// # fn main() -> Result<()> {
/// let net = Net::build(&Cpu::default())?;
/// assert_eq!(Net::OUTPUT.as_slice(), [16, 16, 16]);
/// assert!(net.downsample.is_some());
/// # Ok(())
/// # }
/// ```
///
/// Source: He et al., [*Deep Residual Learning for Image Recognition*](https://arxiv.org/abs/1512.03385), 2015.
#[layer(layers: layers, *, shortcut: layers = ..)]
pub struct Residual;

const fn infer(
    input: Dims,
    layers: &'static [Option<&'static Inferred>],
    keywords: &'static [Option<&'static Inferred>],
) -> Inferred {
    let [Some(layers_output), ..] = layers else { return Inferred::new(input) };
    let output = layers_output.output;
    if let Some(several) = Inferred::of_several(&[output], "list") {
        return several.made_of_lists(layers);
    }
    let inferred = Inferred::new(output).made_of_lists(layers);
    if output.agrees(&input) {
        return inferred;
    }
    let shortcut = match keywords {
        [Some(shortcut), ..] => shortcut,
        _ => {
            let why = Message::new("adds its input {} to the output {} of its layers, but only equal shapes can be added");
            let help = Message::new("give it `shortcut = […]`, with layers that make {} of {}").dims(output).dims(input);
            return inferred.mistake(Some(Mistake::new(why.dims(input).dims(output)).help(Help::Say(help))));
        }
    };
    let mut both = Inferred::new(output).made_of_lists(keywords);
    both.report = Report::TwoLists(layers, keywords);
    let both = both.and_costs(layers_output);
    if shortcut.output.agrees(&output) {
        return both;
    }
    let why = Message::new("adds the output {} of its shortcut to the output {} of its layers, but only equal shapes can be added");
    let help = Message::new("let both make the same of {}: mind channels, strides and paddings").dims(input);
    both.mistake(Some(Mistake::new(why.dims(shortcut.output).dims(output)).help(Help::Say(help))))
}

branching!(Residual: infer(In::DIMS, <A as Branches<In>>::LISTS, <K as Branches<In>>::LISTS), {
    const RUNS: [bool; MAX_KEYWORDS] = match <A as Branches<In>>::LISTS {
        [Some(layers), ..] => [!layers.output.agrees(&In::DIMS); MAX_KEYWORDS],
        _ => [false; MAX_KEYWORDS],
    };

    fn join<E: Dtype, D: Backend<E>>(input: Value<E, D>, outputs: Vec<Value<E, D>>) -> Result<Value<E, D>> {
        let mut outputs = outputs.into_iter();
        match (outputs.next(), outputs.next()) {
            (Some(output), Some(shortcut)) => add(output, shortcut),
            (Some(output), None) => add(output, input),
            _ => Ok(input),
        }
    }
});
