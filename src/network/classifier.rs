//! Networks that have logits.

use super::Network;
use crate::layer::HasLogits;

/// A network that ends in `Softmax` or `LogSoftmax`, and so has logits: the tensor before that layer.
///
/// It is the bound of code that is generic in a classifier:
/// ```
/// use shapewright::network::Classifier;
/// use shapewright::prelude::*;
///
/// /// The share of images whose class a network finds.
/// fn accuracy<N: Classifier<Input = shapes::Image<1, 8, 8>, Output = shapes::Vector<10>, Dtype = f32, Device = Cpu>>(
///     network: &N,
///     images: Tensor<(usize, Const<1>, Const<8>, Const<8>), f32, Cpu>,
///     labels: &[usize],
/// ) -> Result<f64> {
///     let logits = network.try_logits(images)?.to_vec();
///     let class = |logits: &[f32]| (0..10).max_by(|a, b| logits[*a].total_cmp(&logits[*b]));
///     let right = logits.chunks(10).zip(labels).filter(|(logits, label)| class(logits) == Some(**label)).count();
///     Ok(right as f64 / labels.len() as f64)
/// }
///
/// /// Of any classifier, on any device.
/// fn logits<N: Classifier, X: shapewright::network::Batch<N::Input, N::Dtype, N::Device>>(network: &N, x: X) -> X::Output<N::Output> {
///     network.logits(x)
/// }
///
/// network! { struct Net: Input<1, 8, 8> { Flatten, Linear<.., 10>, Softmax } }
/// # fn main() -> Result<()> {
/// let dev = Cpu::default();
/// let net = Net::build(&dev)?;
/// let images: Tensor<Rank4<2, 1, 8, 8>, f32, Cpu> = dev.zeros();
/// let share = accuracy(&net, images.clone().realize(), &[3, 3])?;
/// assert!(share == 0.0 || share == 1.0);
/// let of_any: Tensor<Rank2<2, 10>, f32, Cpu> = logits(&net, images);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known to end in `Softmax` or `LogSoftmax`, so it has no logits",
    label = "no logits here",
    note = "a network that ends in another layer has its output alone, which `forward` and `train` return",
    note = "code that is generic in the network asks for one that has logits: `N: Classifier` (`shapewright::network::Classifier`)"
)]
pub trait Classifier: Network {}

// One implementation, so that the compiler lists no layers and networks where logits are missing.
#[diagnostic::do_not_recommend]
impl<N: Network + HasLogits<N::Dtype>> Classifier for N {}
