//! `CrossEntropyLoss`.

use crate::error::{Error, Result};
use crate::ops::Backend;
use crate::ops::cross_entropy::CrossEntropyGeometry;
use dfdx::shapes::{Const, Dim, Dtype, HasShape, Rank0};
use dfdx::tensor::{Tape, Tensor};

/// The cross-entropy between logits and class indices, the mean over the batch:
/// loss = −1/B Σ_b ln softmax(logits_b)\[label_b\].
///
/// It takes *logits*, not probabilities: the logarithm of the softmax is computed in one step, which neither overflows nor
/// rounds to ln 0. A network that ends in `Softmax` hands them out by
/// [`logits_mut`](crate::network::Network::logits_mut).
///
/// # Shapes
/// | | |
/// |---|---|
/// | logits | (B, C) |
/// | labels | (B), numbers from 0 to C − 1 |
/// | loss | () |
///
/// # Example
/// ```
/// use shapewright::prelude::*;
/// # fn main() -> Result<()> {
/// type Net = network!(Input<2>, Linear<.., 3>, Softmax);
/// let dev = Cpu::default();
/// let mut net = Net::build(&dev)?;
/// let images = dev.tensor([[0.0, 1.0], [2.0, 3.0]]);
/// let labels = dev.tensor([0, 2]);
/// let logits = net.try_logits_mut(images.leaky_trace())?;
/// let loss = CrossEntropyLoss::default().try_forward(logits, &labels)?;
/// println!("{}", loss.array());
/// let gradients = loss.try_backward()?;
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.CrossEntropyLoss`](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html).
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct CrossEntropyLoss {}

impl CrossEntropyLoss {
    /// The loss of a batch.
    ///
    /// # Errors
    /// If a label is out of range, if there are more or fewer labels than logits, if the batch is empty (there is no mean
    /// of nothing), or if the device fails.
    pub fn try_forward<X, L: ClassLabels<X>>(&self, logits: X, labels: L) -> Result<L::Loss> {
        labels.cross_entropy(logits)
    }

    /// As [`try_forward`](CrossEntropyLoss::try_forward).
    ///
    /// # Panics
    /// Where that returns an error.
    pub fn forward<X, L: ClassLabels<X>>(&self, logits: X, labels: L) -> L::Loss {
        self.try_forward(logits, labels).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// Labels that fit logits: one class index for each example.
#[diagnostic::on_unimplemented(
    message = "these labels do not fit the logits: `CrossEntropyLoss` takes logits (B, C) and class indices (B)",
    label = "expected `&Tensor<(B,), usize, D>`, the B and the D of the logits, but receives `{Self}`",
    note = "labels are class numbers of type `usize`, by reference: `&device.tensor([0, 1])`; one-hot labels are not taken",
    note = "the logits are `{Logits}`; if they have more than two dimensions, a `Flatten` may be missing"
)]
pub trait ClassLabels<Logits> {
    /// The loss that comes of them.
    type Loss;
    #[doc(hidden)]
    fn cross_entropy(self, logits: Logits) -> Result<Self::Loss>;
}

#[diagnostic::do_not_recommend]
impl<B: Dim, const C: usize, E: Dtype, D: Backend<E>, T: Tape<E, D>> ClassLabels<Tensor<(B, Const<C>), E, D, T>>
    for &Tensor<(B,), usize, D>
where
    D: dfdx::tensor::Storage<usize>,
{
    type Loss = Tensor<Rank0, E, D, T>;

    fn cross_entropy(self, logits: Tensor<(B, Const<C>), E, D, T>) -> Result<Self::Loss> {
        let batch = logits.shape().0.size();
        super::same_count("logits", batch, "labels", self.shape().0.size())?;
        super::not_empty("the mean loss", batch)?;
        check_labels(&self.as_vec(), C)?;
        Ok(D::try_cross_entropy(logits, self, &CrossEntropyGeometry { batch, classes: C })?)
    }
}

fn check_labels(labels: &[usize], classes: usize) -> Result<()> {
    match labels.iter().position(|&label| label >= classes) {
        Some(position) => Err(Error::Label { label: labels[position], position, classes }),
        None => Ok(()),
    }
}
