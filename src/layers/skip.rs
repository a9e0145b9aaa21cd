//! `Skip`.

use super::concat::{join, try_join};
use crate::call::Call;
use crate::error::Result;
use crate::layer::{Described, Value, layer};
use crate::network::Branches;
use crate::ops::Backend;
use crate::shape::{Dims, Inferred};
use dfdx::shapes::Dtype;

/// Joins its input to the output of its layers, along one dimension: the skip connection of a U-Net.
///
/// `Skip<[layers], dim = 1>`: y is x, then f(x), in dimension `dim`, counted as PyTorch does; 1 is the channels. The layers
/// must keep all other sizes: what they shrink they must enlarge again. It has no part in the names of its layers'
/// parameters, and names in its list are fields of the network around it.
///
/// # Shapes
/// \[C, …\] → \[C + the output's channels, …\]
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// type Net = network!(Input<8, 32, 32>, Skip<[MaxPool2d<2>, Conv2d<.., 16, 3, padding = 1>, Upsample<2>]>);
/// assert_eq!(Net::OUTPUT.as_slice(), [8 + 16, 32, 32]);
/// ```
///
/// Source: Ronneberger et al., [*U-Net*](https://arxiv.org/abs/1505.04597), 2015.
#[layer(layers: layers, *, dim: dimension = 1)]
pub struct Skip;

const fn infer(
    input: Dims,
    call: Call,
    lists: &'static [Option<&'static Inferred>],
    outputs: &'static [Dims],
) -> Inferred {
    if let Some(several) = Inferred::of_several(&[input], "value") {
        return several.made_of_lists(lists);
    }
    if let Some(several) = Inferred::of_several(outputs, "list") {
        return several.made_of_lists(lists);
    }
    let (output, mistake) = join(input, "its input", outputs, "its layers", &call);
    Inferred::new(output).made_of_lists(lists).mistake(mistake)
}

branching!(Skip: infer(In::DIMS, Self::CALL, <A as Branches<In>>::LISTS, A::OUTPUTS), {
    fn join<E: Dtype, D: Backend<E>>(input: Value<E, D>, mut outputs: Vec<Value<E, D>>) -> Result<Value<E, D>> {
        outputs.insert(0, input);
        let shapes: Vec<Dims> = [&[In::DIMS], A::OUTPUTS].concat();
        try_join(outputs, &shapes, &Self::CALL)
    }
});
