//! `Frozen`.

use crate::call::{Arguments, Keywords};
use crate::error::Result;
use crate::layer::{Inside, Layer, Lazy, Place, Value, layer};
use crate::network::{Branches, BranchingModule, Structure};
use crate::ops::Backend;
use crate::shape::{Inferred, Shape};
use dfdx::shapes::Dtype;
use dfdx::tensor_ops::Device;

/// Layers that don't learn: y = f(x), where f stays as it is.
///
/// `Frozen<[layers]>`. No optimizer moves its parameters, neither by gradients nor by weight decay or momentum. It runs as in
/// evaluation, in training too: dropout passes everything on, and batch normalization takes its running statistics and
/// leaves them alone. If nothing before it learns either, no gradient is computed for it, nor anything kept to compute one:
/// the backward pass ends at the first layer that learns. Otherwise gradients pass through it to the layers before.
///
/// It has no part in the names of its layers' parameters, and names in its list are fields of the network around it, so
/// that weights are saved and loaded with it and without it alike. That is transfer learning: load what another network
/// has learned, freeze it, and train a head of your own behind it.
///
/// Where nothing before it learns, no gradient reaches the network's input either. Who wants that (to see what an image
/// owes its class to) takes the network without `Frozen`.
///
/// # Shapes
/// S → the output of the layers
///
/// # Example
/// ```
/// use shapewright::prelude::*;
///
/// network! {
///     struct Net: Input<4> {
///         Frozen<[backbone: Linear<.., 8>, ReLU]>,
///         head: Linear<.., 2>,
///     }
/// }
/// const _: () = assert!(Net::PARAMS == (4 * 8 + 8) + (8 * 2 + 2) && Net::TRAINABLE == 8 * 2 + 2);
///
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let mut net = Net::build(&dev)?;
/// let (backbone, head) = (net.backbone.weight.array(), net.head.weight.array());
///
/// let config = SgdConfig { lr: 0.1, momentum: None, weight_decay: Some(WeightDecay::L2(0.1)) };
/// let mut sgd = Sgd::new(&net, config);
/// let images: Tensor<Rank2<3, 4>, f32, Cpu> = dev.ones();
/// let labels = dev.tensor([0, 1, 1]);
/// let logits = net.try_train((images, net.alloc_grads()))?;
/// let gradients = CrossEntropyLoss::default().try_forward(logits, &labels)?.backward();
/// sgd.update(&mut net, &gradients)?;
///
/// assert_eq!(net.backbone.weight.array(), backbone);
/// assert_ne!(net.head.weight.array(), head);
/// # Ok(())
/// # }
/// ```
///
/// Source: Yosinski et al., [*How transferable are features in deep neural networks?*](https://arxiv.org/abs/1411.1792),
/// 2014; `requires_grad_(False)` and `eval()` in PyTorch.
#[layer(layers: layers)]
pub struct Frozen;

const fn infer(lists: &'static [Option<&'static Inferred>]) -> Inferred {
    let [Some(layers), ..] = lists else { return Inferred::new(crate::shape::Dims::UNCLEAR) };
    if let Some(several) = Inferred::of_several(&[layers.output], "list") {
        return several.made_of_lists(lists);
    }
    let inferred = Inferred::new(layers.output).made_of_lists(lists);
    let held = inferred.parameters;
    inferred.frozen(held)
}

#[diagnostic::do_not_recommend]
impl<In, A, K> Layer<In> for Frozen<A, K>
where
    In: Shape,
    A: Arguments + Branches<In>,
    K: Keywords + Branches<In>,
{
    const INFERRED: Inferred = infer(A::LISTS);
    const STRUCTURE: Structure = Structure::Lists(A::STRUCTURES);
    const TRAINS: bool = false;
    type Module<P: Place, E: Dtype, D: Device<E>> = BranchingModule<
        Self,
        A::Modules<Self, Lazy<Self, In, Inside<Self, In, P::Training>>, E, D>,
        K::Modules<Self, Lazy<Self, In, Inside<Self, In, P::Training>>, E, D>,
    >;

    fn join<E: Dtype, D: Backend<E>>(input: Value<E, D>, outputs: Vec<Value<E, D>>) -> Result<Value<E, D>> {
        Ok(outputs.into_iter().next().unwrap_or(input))
    }
}
