//! `Frozen`.

use crate::call::{Arguments, Keywords};
use crate::error::Result;
use crate::layer::{Activation, Forward, Inside, Layer, Lazy, Place, Training, layer};
use crate::network::{Branches, Outputs, Run, Structure};
use crate::ops::Backend;
use crate::parameters::made_of;
use crate::shape::{Inferred, Shape};
use dfdx::nn::{ModuleVisitor, TensorCollection};
use dfdx::shapes::Dtype;
use dfdx::tensor::{NoneTape, PutTape, SplitTape, Tape};
use dfdx::tensor_ops::Device;
use std::marker::PhantomData;

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
/// let logits = net.try_forward_mut((images, net.alloc_grads()))?;
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
    if let Some(several) = Inferred::of_several(&[layers.output]) {
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
    type Module<P: Place, E: Dtype, D: Device<E>> = FrozenModule<
        Inside<Self, In, P::Training>,
        A::Modules<Self, Lazy<Self, In, Inside<Self, In, P::Training>>, E, D>,
    >;

    fn join<E: Dtype, D: Backend<E>, T: Tape<E, D>>(
        input: Activation<E, D, NoneTape>,
        outputs: Vec<Activation<E, D, NoneTape>>,
        tape: T,
    ) -> Result<Activation<E, D, T>> {
        Ok(outputs.into_iter().next().unwrap_or(input).put_tape(tape))
    }
}

/// The module of [`Frozen`]; `R` tells whether gradients pass through it.
#[derive(Clone, Debug)]
pub struct FrozenModule<R, M>(M, PhantomData<R>);

made_of! { [R, M,] FrozenModule<R, M> { 0: M } 1 }

impl<R: Training, E: Dtype, D: Device<E>, M: TensorCollection<E, D>> TensorCollection<E, D> for FrozenModule<R, M> {
    type To<E2: Dtype, D2: Device<E2>> = FrozenModule<R, M::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(Self::module("", |frozen| &frozen.0, |frozen| &mut frozen.0), |module| {
            FrozenModule(module, PhantomData)
        })
    }
}

impl<In, R, E, D, M> Forward<In, E, D> for FrozenModule<R, M>
where
    In: Shape,
    R: Training,
    E: Dtype,
    D: Backend<E>,
    M: Run<In, E, D>,
{
    fn eval<T: Tape<E, D>>(&self, input: Activation<E, D, T>) -> Result<Activation<E, D, T>> {
        fn run<In: Shape, E: Dtype, D: Backend<E>, T: Tape<E, D>>(
            module: &impl Run<In, E, D>,
            input: Activation<E, D, T>,
        ) -> Result<Activation<E, D, T>> {
            let (input, outputs) = Outputs::of(input);
            let outputs = module.eval(&input, outputs)?;
            Ok(outputs.list.into_iter().next().unwrap_or(input).put_tape(outputs.tape))
        }
        if R::PASSES {
            return run(&self.0, input);
        }
        let (input, tape) = input.split_tape();
        Ok(run(&self.0, input)?.put_tape(tape))
    }
}
