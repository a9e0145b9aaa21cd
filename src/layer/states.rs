//! What layers remember from one call to the next.

use std::collections::BTreeMap;

use dfdx::shapes::Dtype;

use crate::ops::Backend;
use crate::parameters::{AnyTensor, ParameterTensor, Parameters, Walk, WalkMut};

/// The states of a network's layers, by their paths: what a recurrent layer remembers of the elements of a sequence before.
///
/// A network that runs by [`try_step`](crate::network::Network::try_step) takes a sequence piece by piece: each call goes on where the
/// one before has ended. By [`try_forward`](crate::network::Network::try_forward) each call is a sequence of its own. States are saved
/// and loaded as weights are, by [`save_part`](crate::weights::save_part) and [`load_states`](crate::weights::load_states).
///
/// A layer reads its state by [`Context::state`](super::Context::state), and sets it by [`Context::set_state`](super::Context::set_state):
/// ```
/// use shapewright::layer::*;
/// use shapewright::prelude::*;
///
/// /// The sum of all that it has received.
/// #[layer]
/// pub struct Total;
///
/// impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for Total<A, K> {
///     const INFERRED: Inferred = Inferred::new(In::DIMS);
///     type Module<P: Place, E: Dtype, D: Device<E>> = Self;
/// }
///
/// impl<In: Shape, E: Dtype, D: Backend<E>, A: Arguments, K: Keywords> Forward<In, E, D> for Total<A, K> {
///     fn run(&self, input: Value<E, D>, context: &mut Context<E, D>) -> Result<Value<E, D>> {
///         let input = input.elements()?;
///         let total = match context.state("total") {
///             Some(before) => input.try_add(before.rank2())?,
///             None => input,
///         };
///         context.set_state("total", AnyTensor::Rank2(total.retaped::<NoneTape>()));
///         Ok(total.into())
///     }
/// }
///
/// # fn main() -> Result<()> {
/// type Net = network!(Input<1>, Total);
/// let dev = Cpu::default();
/// let net = Net::build(&dev)?;
/// let mut states = net.states(1);
/// assert_eq!(net.try_step(dev.tensor([2.0]), &mut states)?.array(), [2.0]);
/// assert_eq!(net.try_step(dev.tensor([3.0]), &mut states)?.array(), [5.0]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct States<E: Dtype, D: Backend<E>> {
    batch: usize,
    tensors: BTreeMap<String, AnyTensor<E, D>>,
}

impl<E: Dtype, D: Backend<E>> States<E, D> {
    /// The states of so many sequences, before their first elements: they are zero, or whatever each layer begins with.
    pub fn new(batch: usize) -> Self {
        States { batch, tensors: BTreeMap::new() }
    }

    /// How many sequences there are.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The states by their paths; none before the first call.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &AnyTensor<E, D>)> {
        self.tensors.iter().map(|(path, tensor)| (path.as_str(), tensor))
    }

    pub(super) fn get(&self, path: &str) -> Option<&AnyTensor<E, D>> {
        self.tensors.get(path)
    }

    pub(crate) fn set(&mut self, path: String, tensor: AnyTensor<E, D>) {
        self.tensors.insert(path, tensor);
    }
}

/// A state shows itself to those who save it.
impl<E: Dtype, D: Backend<E>> ParameterTensor<E, D> for AnyTensor<E, D> {
    fn sizes(&self) -> Vec<usize> {
        AnyTensor::sizes(self)
    }

    fn share(&self) -> AnyTensor<E, D> {
        self.clone()
    }

    fn put(&mut self, tensor: AnyTensor<E, D>) {
        *self = tensor;
    }
}

impl<E: Dtype, D: Backend<E>> Parameters<E, D> for States<E, D> {
    fn try_new(_: &D) -> Result<Self, D::Err> {
        Ok(States::new(1))
    }

    fn walk(&self, walk: &mut Walk<'_, E, D>) {
        self.tensors.iter().for_each(|(path, tensor)| walk.tensor(path, tensor, false));
    }

    fn walk_mut(&mut self, walk: &mut WalkMut<'_, E, D>) {
        self.tensors.iter_mut().for_each(|(path, tensor)| walk.tensor(path, tensor, false));
    }
}
