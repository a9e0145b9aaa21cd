//! `Split`.

use crate::error::Result;
use crate::layer::{Value, layer};
use crate::network::Branches;
use crate::ops::Backend;
use crate::shape::{Dims, Inferred};
use dfdx::shapes::Dtype;

/// Several values of one: each list of layers receives the input, and their outputs go on as several values.
///
/// `Split<[layers], [layers], …>`, two to eight. As the last layer of a network it makes several outputs, which leave the network as
/// a tuple: the heads of a network for detection, a policy and a value. In the middle, [`Parallel`](super::Parallel) and
/// [`Each`](super::Each) take the values on, and [`Concat`](super::Concat) and [`Sum`](super::Sum) join them. It has no part in the
/// names of its layers' parameters, and names in its lists are fields of the network around it.
///
/// In training the first tensor of the tuple carries what was recorded before `Split` and in its own list, each other one what was
/// recorded in its list. A sum of losses brings them together: `(loss_of_first + loss_of_second).backward()`. A loss of the second
/// alone would reach the layers of its list, and none before.
///
/// # Shapes
/// S → (the output of the first list, that of the second, …)
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// network! {
///     struct Detector: Input<3, 32, 32> {
///         Conv2d<.., 16, 3, stride = 4>, ReLU, Flatten,
///         Split<[class: Linear<.., 10>], [corners: Linear<.., 4>, Sigmoid]>,
///     }
/// }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let detector = Detector::build(&dev)?;
/// let images: Tensor<(usize, Const<3>, Const<32>, Const<32>), f32, _> = dev.zeros_like(&(5, Const, Const, Const));
/// let (classes, corners): (Tensor<(usize, Const<10>), f32, _>, Tensor<(usize, Const<4>), f32, _>) =
///     detector.try_forward(images)?;
/// assert_eq!(Detector::OUTPUT.to_string(), "([10], [4])");
/// # Ok(())
/// # }
/// ```
#[layer(*layers: layers)]
pub struct Split;

const fn infer(input: Dims, lists: &'static [Option<&'static Inferred>], outputs: &'static [Dims]) -> Inferred {
    if let Some(several) = Inferred::of_several(outputs, "list") {
        return several.made_of_lists(lists);
    }
    match outputs {
        [] => Inferred::new(input),
        [one] => Inferred::new(*one).made_of_lists(lists),
        several => Inferred::new(Dims::several(several)).made_of_lists(lists),
    }
}

branching!(Split: infer(In::DIMS, <A as Branches<In>>::LISTS, A::OUTPUTS), {
    fn join<E: Dtype, D: Backend<E>>(_: Value<E, D>, outputs: Vec<Value<E, D>>) -> Result<Value<E, D>> {
        Ok(Value::of(outputs))
    }
});
