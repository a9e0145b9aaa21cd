//! `If`.

use crate::call::{Call, MAX_KEYWORDS, key};
use crate::error::Result;
use crate::layer::{Described, Value, layer};
use crate::network::Branches;
use crate::ops::Backend;
use crate::shape::{Dims, Inferred, Takes};
use dfdx::shapes::Dtype;

/// One list of layers or the other, as a condition says at compile time.
///
/// `If<condition, then = [layers], otherwise = [layers]>`: the condition is `true`, `false` or, in a block, an expression over its
/// parameters such as `{ STRIDE > 1 }`. Without the list that is chosen, the input is handed on. The other list has no
/// parameters. `If` has no part in the names of its layers' parameters, and names in its lists are fields of the network
/// around it, as `Option`s.
///
/// # Shapes
/// S → the output of the list that is chosen
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// network! {
///     struct Block<const C: usize, const NORMALIZE: bool> {
///         conv: Conv2d<.., C, 3>,
///         If<NORMALIZE, then = [norm: BatchNorm2d]>,
///         ReLU,
///     }
/// }
/// network! { struct Net: Input<3, 32, 32> { plain: Block<8, false>, normalized: Block<8, true> } }
/// # fn main() -> Result<()> {
/// let net = Net::build(&Cpu::default())?;
/// assert!(net.plain.norm.is_none() && net.normalized.norm.is_some());
/// # Ok(())
/// # }
/// ```
#[layer(condition: flag, *, then: layers = .., otherwise: layers = ..)]
pub struct If;

/// Which keyword arguments run.
const fn runs(call: &Call) -> [bool; MAX_KEYWORDS] {
    let wanted = key(if call.flag(0) { "then" } else { "otherwise" });
    let mut runs = [false; MAX_KEYWORDS];
    let mut i = 0;
    while i < call.keywords.len() && i < MAX_KEYWORDS {
        runs[i] = call.keywords[i].0 == wanted;
        i += 1;
    }
    runs
}

const fn infer(input: Dims, call: Call, lists: &'static [Option<&'static Inferred>]) -> Inferred {
    let runs = runs(&call);
    let mut i = 0;
    while i < lists.len() && i < MAX_KEYWORDS {
        if let (true, Some(list)) = (runs[i], lists[i]) {
            return Inferred::new(list.output).made_of_lists(lists.split_at(i).1.split_at(1).0).activations(list.activations);
        }
        i += 1;
    }
    Inferred::new(input).activations(0).takes(Takes::Anything)
}

branching!(If: infer(In::DIMS, Self::CALL, <K as Branches<In>>::LISTS), {
    const RUNS: [bool; MAX_KEYWORDS] = runs(&Self::CALL);

    fn join<E: Dtype, D: Backend<E>>(input: Value<E, D>, outputs: Vec<Value<E, D>>) -> Result<Value<E, D>> {
        Ok(outputs.into_iter().next().unwrap_or(input))
    }
});
