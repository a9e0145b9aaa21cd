//! `CrossEntropyLoss`.

use super::Reduction;
use crate::error::{Error, Result};
use crate::ops::cross_entropy::{CrossEntropyGeometry, Targets};
use crate::ops::{Backend, InputTape, ToVec};
use crate::parameters::AnyShape;
use dfdx::shapes::{Const, Dim, Dtype, HasShape, Rank0, Shape};
use dfdx::tensor::{Storage, Tensor};

/// The cross-entropy between logits and class indices, the mean over the batch:
/// loss = −1/B Σ_b ln softmax(logits_b)\[label_b\].
///
/// It takes *logits*, not probabilities: the logarithm of the softmax is computed in one step, which neither overflows
/// nor rounds to ln 0. If a network ends in `Softmax`, [`train_logits`](crate::network::Network::train_logits) returns its
/// logits.
///
/// There may be one class for each pixel, or for each of N rows, such as the anchors of a detector; the mean is over
/// all of them. Labels equal to [`ignore_index`](Self::ignore_index) don't count, [`weight`](Self::weight) sets the
/// weight of each class, and [`reduction`](Self::reduction) chooses between mean and sum.
///
/// # Shapes
/// | | examples | rows | pixels |
/// |---|---|---|---|
/// | logits | (B, C) | (B, N, C) | (B, C, H, W) |
/// | labels, integers from 0 to C − 1 | (B) | (B, N) | (B, H, W) |
/// | loss | () | () | () |
///
/// Labels are a tensor, whose shape the compiler compares with that of the logits, or a slice, array or `Vec` of
/// `usize` in the same order, by reference. The host reads the labels and checks them: on a GPU, a tensor of labels is
/// copied to the host for this, and the host waits for the copy; a slice needs no such copy.
///
/// With three dimensions, the classes are the last one, as for all layers of this library that work on rows; PyTorch
/// expects (B, C, N).
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
/// let logits = net.try_train_logits(images.leaky_trace())?;
/// let loss = CrossEntropyLoss::default().try_forward(logits, &labels)?;
/// println!("{}", loss.array());
/// let gradients = loss.try_backward()?;
///
/// // One image of 1 × 2 pixels, the second of which counts for nothing.
/// let logits: Tensor<Rank4<1, 2, 1, 2>, f32, _> = dev.tensor([[[[0.0, 9.0]], [[0.0, -9.0]]]]);
/// let labels: Tensor<Rank3<1, 1, 2>, usize, _> = dev.tensor([[[1, 255]]]);
/// let loss = CrossEntropyLoss::default().ignore_index(255).try_forward(logits, &labels)?;
/// assert!((loss.array() - 2.0_f32.ln()).abs() < 1e-6);
/// # Ok(())
/// # }
/// ```
///
/// Source: [`torch.nn.CrossEntropyLoss`](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CrossEntropyLoss {
    ignore_index: Option<usize>,
    weight: Option<Vec<f64>>,
    reduction: Reduction,
}

impl CrossEntropyLoss {
    /// A label that adds nothing to the loss, and doesn't count in the mean. It may be out of range.
    pub fn ignore_index(self, label: usize) -> Self {
        Self { ignore_index: Some(label), ..self }
    }

    /// The weight of each class. The mean divides by the sum of the weights of all labels, as in PyTorch.
    pub fn weight(self, of_classes: &[f64]) -> Self {
        Self { weight: Some(of_classes.to_vec()), ..self }
    }

    /// Whether the loss is the mean or the sum over all labels.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The loss of a batch.
    ///
    /// # Errors
    /// If a label is out of range, if the number of labels differs from that of the logits, if no label counts and the
    /// mean is taken, if the weights don't fit the classes, or if the device fails.
    pub fn try_forward<X, L: ClassLabels<X>>(&self, logits: X, labels: L) -> Result<L::Loss> {
        labels.cross_entropy(logits, self)
    }

    /// As [`try_forward`](CrossEntropyLoss::try_forward).
    ///
    /// # Panics
    /// If [`try_forward`](CrossEntropyLoss::try_forward) returns an error.
    pub fn forward<X, L: ClassLabels<X>>(&self, logits: X, labels: L) -> L::Loss {
        self.try_forward(logits, labels).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The checked labels, and the weight of each.
    fn targets(&self, mut labels: Vec<usize>, classes: usize) -> Result<Targets> {
        if let Some(weight) = &self.weight {
            super::same_count("classes", classes, "class weights", weight.len())?;
            if !weight.iter().all(|weight| weight.is_finite() && *weight >= 0.0) {
                return Err(Error::Argument(format!(
                    "the weight of a class is a number of 0 or more, but received {weight:?}"
                )));
            }
        }
        let mut weights = Vec::with_capacity(labels.len());
        for (position, label) in labels.iter_mut().enumerate() {
            weights.push(match &self.weight {
                _ if Some(*label) == self.ignore_index => {
                    *label = 0; // a class, whichever
                    0.0
                }
                _ if *label >= classes => return Err(Error::Label { label: *label, position, classes }),
                Some(weight) => weight[*label],
                None => 1.0,
            });
        }
        let total = match self.reduction {
            Reduction::Mean => weights.iter().sum(),
            Reduction::Sum => 1.0,
        };
        if total == 0.0 {
            return Err(Error::Argument(
                "every label is ignored or has the weight 0, and there is no mean of nothing".into(),
            ));
        }
        Ok(Targets { labels, weights, total })
    }

    fn run<S: AnyShape, E: Dtype, D: Backend<E>, T: InputTape<E, D>>(
        &self,
        logits: Tensor<S, E, D, T>,
        labels: Vec<usize>,
        [outer, classes, inner]: [usize; 3],
    ) -> Result<Tensor<Rank0, E, D, T>> {
        if outer * inner == 0 {
            return super::of_nothing(logits, self.reduction);
        }
        let targets = self.targets(labels, classes)?;
        Ok(D::try_cross_entropy(logits, targets, &CrossEntropyGeometry { outer, classes, inner })?)
    }
}

/// Labels that fit logits: one class index for each example, for each row of an example or for each of its pixels.
#[diagnostic::on_unimplemented(
    message = "these labels do not fit the logits: `CrossEntropyLoss` takes logits (B, C) and class indices (B), or those of rows or pixels",
    label = "expected `&Tensor<(B,), usize, D>`, the B and the D of the logits, or `&[usize]`, but receives `{Self}`",
    note = "labels are class indices of type `usize`, by reference, as `&device.tensor([0, 1])` or `&[0, 1]`; one-hot labels are not taken",
    note = "the logits are `{Logits}`; (B, N, C) take labels (B, N), and (B, C, H, W) take (B, H, W), one for each pixel",
    note = "if an example has one label but more than one dimension of logits, a `Flatten` may be missing"
)]
pub trait ClassLabels<Logits> {
    /// The type of the loss.
    type Loss;
    #[doc(hidden)]
    fn cross_entropy(self, logits: Logits, loss: &CrossEntropyLoss) -> Result<Self::Loss>;
}

#[diagnostic::do_not_recommend]
impl<B: Dim, const C: usize, E: Dtype, D: Backend<E>, T: InputTape<E, D>> ClassLabels<Tensor<(B, Const<C>), E, D, T>>
    for &Tensor<(B,), usize, D>
where
    D: Storage<usize>,
{
    type Loss = Tensor<Rank0, E, D, T>;

    fn cross_entropy(self, logits: Tensor<(B, Const<C>), E, D, T>, loss: &CrossEntropyLoss) -> Result<Self::Loss> {
        let batch = logits.shape().0.size();
        loss.run(logits, numbers("logits", batch, self)?, [batch, C, 1])
    }
}

#[diagnostic::do_not_recommend]
impl<B: Dim, N: Dim, const C: usize, E: Dtype, D: Backend<E>, T: InputTape<E, D>>
    ClassLabels<Tensor<(B, N, Const<C>), E, D, T>> for &Tensor<(B, N), usize, D>
where
    D: Storage<usize>,
{
    type Loss = Tensor<Rank0, E, D, T>;

    fn cross_entropy(self, logits: Tensor<(B, N, Const<C>), E, D, T>, loss: &CrossEntropyLoss) -> Result<Self::Loss> {
        let (batch, rows) = (logits.shape().0.size(), logits.shape().1.size());
        super::same_count("rows of logits", rows, "rows of labels", self.shape().1.size())?;
        loss.run(logits, numbers("rows of logits", batch * rows, self)?, [batch * rows, C, 1])
    }
}

#[diagnostic::do_not_recommend]
impl<B: Dim, const C: usize, H: Dim, W: Dim, E: Dtype, D: Backend<E>, T: InputTape<E, D>>
    ClassLabels<Tensor<(B, Const<C>, H, W), E, D, T>> for &Tensor<(B, H, W), usize, D>
where
    D: Storage<usize>,
{
    type Loss = Tensor<Rank0, E, D, T>;

    fn cross_entropy(
        self,
        logits: Tensor<(B, Const<C>, H, W), E, D, T>,
        loss: &CrossEntropyLoss,
    ) -> Result<Self::Loss> {
        let (batch, height, width) = (logits.shape().0.size(), logits.shape().2.size(), logits.shape().3.size());
        super::same_count("rows of pixels", height, "rows of labels", self.shape().1.size())?;
        let labels = numbers("pixels", batch * height * width, self)?;
        loss.run(logits, labels, [batch, C, height * width])
    }
}

/// Labels on the host, in row-major order.
#[diagnostic::do_not_recommend]
impl<B: Dim, const C: usize, E: Dtype, D: Backend<E>, T: InputTape<E, D>> ClassLabels<Tensor<(B, Const<C>), E, D, T>>
    for &[usize]
{
    type Loss = Tensor<Rank0, E, D, T>;

    fn cross_entropy(self, logits: Tensor<(B, Const<C>), E, D, T>, loss: &CrossEntropyLoss) -> Result<Self::Loss> {
        let batch = logits.shape().0.size();
        super::same_count("logits", batch, "labels", self.len())?;
        loss.run(logits, self.to_vec(), [batch, C, 1])
    }
}

#[diagnostic::do_not_recommend]
impl<B: Dim, N: Dim, const C: usize, E: Dtype, D: Backend<E>, T: InputTape<E, D>>
    ClassLabels<Tensor<(B, N, Const<C>), E, D, T>> for &[usize]
{
    type Loss = Tensor<Rank0, E, D, T>;

    fn cross_entropy(self, logits: Tensor<(B, N, Const<C>), E, D, T>, loss: &CrossEntropyLoss) -> Result<Self::Loss> {
        let rows = logits.shape().0.size() * logits.shape().1.size();
        super::same_count("rows of logits", rows, "labels", self.len())?;
        loss.run(logits, self.to_vec(), [rows, C, 1])
    }
}

#[diagnostic::do_not_recommend]
impl<B: Dim, const C: usize, H: Dim, W: Dim, E: Dtype, D: Backend<E>, T: InputTape<E, D>>
    ClassLabels<Tensor<(B, Const<C>, H, W), E, D, T>> for &[usize]
{
    type Loss = Tensor<Rank0, E, D, T>;

    fn cross_entropy(
        self,
        logits: Tensor<(B, Const<C>, H, W), E, D, T>,
        loss: &CrossEntropyLoss,
    ) -> Result<Self::Loss> {
        let (batch, pixels) = (logits.shape().0.size(), logits.shape().2.size() * logits.shape().3.size());
        super::same_count("pixels", batch * pixels, "labels", self.len())?;
        loss.run(logits, self.to_vec(), [batch, C, pixels])
    }
}

#[diagnostic::do_not_recommend]
impl<'a, Logits> ClassLabels<Logits> for &'a Vec<usize>
where
    &'a [usize]: ClassLabels<Logits>,
{
    type Loss = <&'a [usize] as ClassLabels<Logits>>::Loss;

    fn cross_entropy(self, logits: Logits, loss: &CrossEntropyLoss) -> Result<Self::Loss> {
        self.as_slice().cross_entropy(logits, loss)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, Logits, const N: usize> ClassLabels<Logits> for &'a [usize; N]
where
    &'a [usize]: ClassLabels<Logits>,
{
    type Loss = <&'a [usize] as ClassLabels<Logits>>::Loss;

    fn cross_entropy(self, logits: Logits, loss: &CrossEntropyLoss) -> Result<Self::Loss> {
        self.as_slice().cross_entropy(logits, loss)
    }
}

/// Copies the labels to the host.
fn numbers<S: Shape, D: Storage<usize>>(
    what: &'static str,
    count: usize,
    labels: &Tensor<S, usize, D>,
) -> Result<Vec<usize>> {
    super::same_count(what, count, "labels", labels.shape().num_elements())?;
    Ok(labels.to_vec())
}
