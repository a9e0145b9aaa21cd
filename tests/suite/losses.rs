//! Both losses against PyTorch, and what they refuse.

use dfdx::tensor_ops::PermuteTo;
use shapewright::ops::Element;
use shapewright::parameters::AnyShape;
use shapewright::prelude::*;

use crate::golden::Golden;
use crate::support::{Taped, assert_close, numbers, tensor};

/// Compares a loss and the gradient of its input with the golden values.
fn check<S: AnyShape, E: Element>(
    case: &str,
    shape: S,
    tolerance: f64,
    loss: impl FnOnce(&Golden, Taped<S, E>) -> Result<Taped<Rank0, E>>,
) where
    AutoDevice: Backend<E>,
{
    let golden = Golden::read("losses", case);
    let input = tensor(shape, &golden.numbers("input"));
    let loss = loss(&golden, input.leaky_trace()).unwrap();
    assert_close(&numbers(&loss), &golden.numbers("output"), tolerance, "loss");
    let gradients = (loss * tensor((), &golden.numbers("cotangent"))).backward();
    assert_close(&numbers(&gradients.get(&input)), &golden.numbers("gradient/input"), tolerance, "gradient");
}

fn cross_entropy<E: Element>(case: &str, batch: impl Dim, tolerance: f64)
where
    AutoDevice: Backend<E>,
{
    check::<_, E>(case, (batch, Const::<3>), tolerance, |golden, logits| {
        let (_, labels) = golden.get("target");
        let mut target = ZerosTensor::<usize>::zeros_like(&AutoDevice::default(), &(batch,));
        target.copy_from(&labels.into_iter().map(|label| u64::from_le_bytes(label) as usize).collect::<Vec<_>>());
        CrossEntropyLoss::default().try_forward(logits, &target)
    });
}

fn l1<E: Element>(case: &str, shape: impl AnyShape, reduction: Reduction, tolerance: f64)
where
    AutoDevice: Backend<E>,
{
    check::<_, E>(case, shape, tolerance, |golden, output| {
        L1Loss::default().reduction(reduction).try_forward(output, &tensor(shape, &golden.numbers("target")))
    });
}

fn mse<E: Element>(case: &str, shape: impl AnyShape, tolerance: f64)
where
    AutoDevice: Backend<E>,
{
    check::<_, E>(case, shape, tolerance, |golden, output| {
        MSELoss::default().try_forward(output, &tensor(shape, &golden.numbers("target")))
    });
}

#[test]
fn cross_entropy_is_that_of_pytorch() {
    cross_entropy::<f32>("cross_entropy", 4, 1e-5);
    cross_entropy::<f64>("cross_entropy", 4, 1e-10);
    cross_entropy::<f64>("cross_entropy", Const::<4>, 1e-10);
}

#[test]
fn cross_entropy_neither_overflows_nor_rounds_to_nothing() {
    cross_entropy::<f32>("cross_entropy_far_apart", 3, 1e-5);
    cross_entropy::<f64>("cross_entropy_far_apart", 3, 1e-10);
}

/// A logit of −∞ is how a class is ruled out.
#[test]
fn cross_entropy_takes_masked_classes() {
    cross_entropy::<f32>("cross_entropy_masked", 3, 1e-5);
    cross_entropy::<f64>("cross_entropy_masked", 3, 1e-10);
}

#[test]
fn mean_squared_error_is_that_of_pytorch() {
    mse::<f32>("mse_features", (4, Const::<3>), 1e-5);
    mse::<f64>("mse_features", (4, Const::<3>), 1e-10);
    mse::<f64>("mse_features", (Const::<4>, Const::<3>), 1e-10);
    mse::<f32>("mse_images", (2, Const::<2>, Const::<3>, Const::<4>), 1e-5);
    mse::<f64>("mse_images", (2, Const::<2>, Const::<3>, Const::<4>), 1e-10);
}

#[test]
fn mean_absolute_error_is_that_of_pytorch() {
    l1::<f32>("l1", (4, Const::<3>), Reduction::Mean, 1e-5);
    l1::<f64>("l1", (4, Const::<3>), Reduction::Mean, 1e-10);
    l1::<f64>("l1_sum", (2, Const::<2>, Const::<3>, Const::<4>), Reduction::Sum, 1e-10);
}

/// The gradient flows through logits that are a view as through any other.
#[test]
fn logits_may_lie_in_any_order() {
    let dev = AutoDevice::default();
    let columns: Tensor<Rank2<3, 2>, f32, _> = dev.tensor([[1.0, 5.0], [2.0, -1.0], [3.0, 0.0]]);
    let labels = dev.tensor([1, 0]);
    let loss = CrossEntropyLoss::default();
    let view = loss.forward(columns.leaky_trace().permute::<Rank2<2, 3>, _>(), &labels);
    let rows: Tensor<Rank2<2, 3>, f32, _> = dev.tensor([[1.0, 2.0, 3.0], [5.0, -1.0, 0.0]]);
    let plain = loss.forward(rows.leaky_trace(), &labels);
    assert_eq!(view.array(), plain.array());
    let (of_view, of_plain) = (view.backward().get(&columns), plain.backward().get(&rows));
    assert_eq!(of_view.permute::<Rank2<2, 3>, _>().array(), of_plain.array());
}

#[test]
fn what_has_no_loss_is_refused() {
    let dev = AutoDevice::default();
    let loss = CrossEntropyLoss::default();
    let logits: Tensor<(usize, Const<3>), f32, _> = dev.zeros_like(&(2, Const));
    let labels = |labels: &[usize]| {
        let mut tensor = dev.zeros_like(&(labels.len(),));
        tensor.copy_from(labels);
        tensor
    };
    let error = loss.try_forward(logits.clone(), &labels(&[0, 3])).unwrap_err();
    assert!(matches!(error, Error::Label { label: 3, position: 1, classes: 3 }), "{error}");
    let error = loss.try_forward(logits.clone(), &labels(&[0, 1, 2])).unwrap_err();
    assert!(matches!(error, Error::Count { left_count: 2, right_count: 3, .. }), "{error}");
    let none: Tensor<(usize, Const<3>), f32, _> = dev.zeros_like(&(0, Const));
    let error = loss.try_forward(none.clone(), &labels(&[])).unwrap_err();
    assert!(matches!(error, Error::BatchTooSmall { needed: 1, received: 0, .. }), "{error}");

    let loss = MSELoss::default();
    let error = loss.try_forward(logits, &none).unwrap_err();
    assert!(matches!(error, Error::Argument(_)), "{error}");
    assert!(error.to_string().contains("the output has the sizes [2, 3], but the target [0, 3]"), "{error}");
    // As many numbers in another order are still another shape.
    let swapped: Tensor<(usize, usize, usize), f32, _> = dev.zeros_like(&(2, 4, 3));
    let error = loss.try_forward(dev.zeros_like(&(2, 3, 4)), &swapped).unwrap_err();
    assert!(matches!(error, Error::Argument(_)), "{error}");
    let error = loss.try_forward(none.clone(), &none).unwrap_err();
    assert!(matches!(error, Error::BatchTooSmall { .. }), "{error}");

    // There is no mean of nothing, but a sum.
    let sums = [
        CrossEntropyLoss::default().reduction(Reduction::Sum).try_forward(none.leaky_trace(), &labels(&[])),
        MSELoss::default().reduction(Reduction::Sum).try_forward(none.leaky_trace(), &none),
        HuberLoss::default().reduction(Reduction::Sum).try_forward(none.leaky_trace(), &none),
        SmoothL1Loss::default().reduction(Reduction::Sum).try_forward(none.leaky_trace(), &none),
    ];
    for sum in sums {
        let sum = sum.unwrap();
        assert_eq!(sum.array(), 0.0);
        assert_eq!(sum.backward().get(&none).to_vec(), [0.0; 0]);
    }
}
