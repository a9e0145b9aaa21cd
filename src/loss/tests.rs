//! Losses compared with values of PyTorch 2.15, and gradients compared with finite differences.

use super::*;
use crate::ops::testing::{Taped, Vector, assert_close, assert_differentiates, sample};
use dfdx::prelude::*;

const IGNORED: usize = 9;

fn pixels() -> (Tensor<Rank4<2, 3, 2, 2>, f64, AutoDevice>, Tensor<Rank3<2, 2, 2>, usize, AutoDevice>) {
    let logits: Vec<f64> = (0..24).map(|number| ((f64::from(number) - 11.0) / 7.0).sin()).collect();
    let dev = AutoDevice::default();
    let labels = dev.tensor([[[0, 2], [1, IGNORED]], [[2, 2], [IGNORED, 1]]]);
    (dev.tensor_from_vec(logits, (Const, Const, Const, Const)), labels)
}

#[test]
fn pixels_have_pytorch_s_loss_and_gradient() {
    let (logits, labels) = pixels();
    let run = |loss: CrossEntropyLoss| {
        let loss = loss.ignore_index(IGNORED).try_forward(logits.leaky_trace(), &labels).unwrap();
        (loss.array(), loss.backward().get(&logits).as_vec())
    };
    let (plain, gradient) = run(CrossEntropyLoss::default());
    assert_close(&[plain], &[0.9963364409942748], 1e-12, "plain");
    let expected = [-0.124640149365, 0.038817439945, 0.036072445027, 0.0, 0.049246071538, 0.049047898447];
    assert_close(&gradient[..6], &expected, 1e-11, "the gradient of plain");

    let weighed = CrossEntropyLoss::default().weight(&[0.5, 1.0, 3.0]);
    let (mean, gradient) = run(weighed.clone());
    assert_close(&[mean], &[0.8693030227842735], 1e-12, "weighed");
    let expected = [0.088283664066, 0.090392086433, 0.0, -0.055616457572, -0.141154343341, -0.146654359833];
    assert_close(&gradient[16..22], &expected, 1e-11, "the gradient of weighed");

    let (sum, gradient) = run(weighed.reduction(Reduction::Sum));
    assert_close(&[sum], &[9.996984762019146], 1e-12, "sum");
    let expected = [-0.373920448095, 0.698713919004, 0.21643467016, 0.0, 0.147738214614, 0.882862172047];
    assert_close(&gradient[..6], &expected, 1e-11, "the gradient of the sum");
}

#[test]
fn rows_have_pytorch_s_loss_and_gradient() {
    let dev = AutoDevice::default();
    let logits: Tensor<Rank3<2, 2, 3>, f64, _> =
        dev.tensor([[[0.0, 1.0, 2.0], [3.0, 1.0, -1.0]], [[0.5, 0.25, 0.0], [-4.0, 2.0, 2.0]]]);
    let labels = dev.tensor([[0, 2], [1, 0]]);
    let loss = CrossEntropyLoss::default().forward(logits.leaky_trace(), &labels);
    assert_close(&[loss.array()], &[3.5910653666514216], 1e-14, "rows");
    let gradient = loss.backward().get(&logits).as_vec();
    let expected = [-0.2274923567074049, 0.06118211776369941, 0.16631023894370545, 0.21670333304933367];
    assert_close(&gradient[..4], &expected, 1e-14, "the gradient of rows");
}

#[test]
fn labels_that_have_no_loss_are_refused() {
    let (logits, labels) = pixels();
    let error = CrossEntropyLoss::default().try_forward(logits.clone(), &labels).unwrap_err();
    assert!(matches!(error, Error::Label { label: IGNORED, position: 3, classes: 3 }), "{error}");
    let loss = CrossEntropyLoss::default().ignore_index(IGNORED).weight(&[1.0]);
    let error = loss.try_forward(logits.clone(), &labels).unwrap_err();
    assert!(matches!(error, Error::Count { left_count: 3, right_count: 1, .. }), "{error}");
    let error = loss.clone().weight(&[1.0, -1.0, 1.0]).try_forward(logits.clone(), &labels).unwrap_err();
    assert!(error.to_string().contains("0 or more"), "{error}");

    let nothing: Tensor<Rank3<2, 2, 2>, usize, _> = AutoDevice::default().tensor([[[IGNORED; 2]; 2]; 2]);
    let loss = CrossEntropyLoss::default().ignore_index(IGNORED);
    let error = loss.try_forward(logits.clone(), &nothing).unwrap_err();
    assert!(error.to_string().contains("no mean of nothing"), "{error}");
    let sum = loss.reduction(Reduction::Sum).try_forward(logits.leaky_trace(), &nothing).unwrap();
    assert_eq!(sum.array(), 0.0);
    assert_eq!(sum.backward().get(&logits).as_vec(), [0.0; 24]);

    // The number of labels is right, but height and width are swapped.
    let dev = AutoDevice::default();
    let logits: Tensor<(usize, Const<3>, usize, usize), f64, _> = dev.zeros_like(&(1, Const, 2, 3));
    let labels: Tensor<(usize, usize, usize), usize, _> = dev.zeros_like(&(1, 3, 2));
    let error = CrossEntropyLoss::default().try_forward(logits, &labels).unwrap_err();
    assert!(matches!(error, Error::Count { left_count: 2, right_count: 3, .. }), "{error}");
}

#[test]
fn labels_of_the_host_are_as_good_as_a_tensor() {
    let (logits, labels) = pixels();
    let loss = CrossEntropyLoss::default().ignore_index(IGNORED).weight(&[0.5, 1.0, 3.0]);
    let slice = [0, 2, 1, IGNORED, 2, 2, IGNORED, 1];
    let outcome = |loss: Tensor<Rank0, f64, AutoDevice, OwnedTape<f64, AutoDevice>>| {
        (loss.array(), loss.backward().get(&logits).as_vec())
    };
    let of_tensor = outcome(loss.try_forward(logits.leaky_trace(), &labels).unwrap());
    assert_eq!(outcome(loss.try_forward(logits.leaky_trace(), &slice[..]).unwrap()), of_tensor);
    let error = loss.try_forward(logits.clone(), &slice[1..]).unwrap_err();
    assert!(matches!(error, Error::Count { left_count: 8, right_count: 7, .. }), "{error}");

    let dev = AutoDevice::default();
    let examples: Tensor<Rank2<2, 3>, f64, _> = dev.tensor([[1.0, 2.0, 4.0], [0.5, -1.0, 0.0]]);
    let rows: Tensor<Rank3<1, 2, 3>, f64, _> = examples.clone().reshape();
    let expected = loss.try_forward(examples.clone(), &dev.tensor([2, 0])).unwrap().array();
    assert_eq!(loss.try_forward(examples.clone(), &[2, 0][..]).unwrap().array(), expected);
    assert_eq!(loss.try_forward(rows, &[2, 0][..]).unwrap().array(), expected);
    let error = loss.try_forward(examples, &[2, 3][..]).unwrap_err();
    assert!(matches!(error, Error::Label { label: 3, position: 1, classes: 3 }), "{error}");
}

const OUTPUT: [f64; 6] = [0.25, -3.0, 1.0, 0.0, 2.0, -0.5];
const TARGET: [f64; 6] = [0.0, 1.0, -1.0, 0.0, 1.0, 1.0];

#[test]
fn robust_losses_are_those_of_pytorch() {
    type Loss = fn(
        Taped<f64, AutoDevice>,
        &Vector<f64, AutoDevice>,
    ) -> Result<Tensor<Rank0, f64, AutoDevice, OwnedTape<f64, AutoDevice>>>;
    let sixth = 1.0 / 6.0;
    let cases: [(Loss, f64, [f64; 6]); 6] = [
        (
            |x, y| SmoothL1Loss::default().try_forward(x, y),
            1.0885416666666667,
            [sixth / 4.0, -sixth, sixth, 0.0, sixth, -sixth],
        ),
        (
            |x, y| SmoothL1Loss::default().beta(0.5).reduction(Reduction::Sum).try_forward(x, y),
            7.5625,
            [0.5, -1.0, 1.0, 0.0, 1.0, -1.0],
        ),
        (
            |x, y| SmoothL1Loss::default().beta(0.0).try_forward(x, y),
            1.4583333333333333,
            [sixth, -sixth, sixth, 0.0, sixth, -sixth],
        ),
        (
            |x, y| HuberLoss::default().try_forward(x, y),
            1.0885416666666667,
            [sixth / 4.0, -sixth, sixth, 0.0, sixth, -sixth],
        ),
        (
            |x, y| HuberLoss::default().delta(2.5).try_forward(x, y),
            1.7552083333333333,
            [sixth / 4.0, -2.5 * sixth, 2.0 * sixth, 0.0, sixth, -1.5 * sixth],
        ),
        (
            |x, y| HuberLoss::default().delta(0.75).reduction(Reduction::Sum).try_forward(x, y),
            5.28125,
            [0.25, -0.75, 0.75, 0.0, 0.75, -0.75],
        ),
    ];
    let dev = AutoDevice::default();
    let target = dev.tensor_from_vec(TARGET.to_vec(), (6,));
    for (number, (loss, value, gradient)) in cases.into_iter().enumerate() {
        let output = dev.tensor_from_vec(OUTPUT.to_vec(), (6,));
        let loss = loss(output.leaky_trace(), &target).unwrap();
        assert_close(&[loss.array()], &[value], 1e-14, &format!("loss {number}"));
        assert_close(&loss.backward().get(&output).as_vec(), &gradient, 1e-14, &format!("gradient {number}"));
    }
}

#[test]
fn robust_losses_differentiate() {
    let target = Cpu::default().tensor_from_vec(sample(20, 5), (20,));
    let input = [sample(20, 6)];
    assert_differentiates(&input, "SmoothL1Loss", |x, _| {
        SmoothL1Loss::default().beta(0.7).forward(x, &target).reshape_like(&(1,))
    });
    assert_differentiates(&input, "HuberLoss", |x, _| {
        HuberLoss::default().delta(1.3).forward(x, &target).reshape_like(&(1,))
    });
}

#[test]
fn parameters_out_of_range_are_refused() {
    let dev = AutoDevice::default();
    let (x, y): (Tensor<Rank1<1>, f64, _>, _) = (dev.zeros(), dev.zeros());
    for beta in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(SmoothL1Loss::default().beta(beta).try_forward(x.clone(), &y).is_err());
    }
    for delta in [0.0, -1.0, f64::NAN] {
        let error = HuberLoss::default().delta(delta).try_forward(x.clone(), &y).unwrap_err();
        assert!(error.to_string().starts_with("the delta of `HuberLoss` is a positive number, but received"));
    }
}

/// Labels on the host may be in a slice, an array or a vector, and give the same loss as a tensor of labels.
#[test]
fn labels_are_taken_in_slices_arrays_and_vectors() {
    let (logits, labels) = pixels();
    let loss = CrossEntropyLoss::default().ignore_index(IGNORED);
    let expected = loss.forward(logits.clone(), &labels).array();
    let vector = labels.as_vec();
    let array: [usize; 8] = vector.clone().try_into().unwrap();
    assert_eq!(loss.forward(logits.clone(), &vector).array(), expected);
    assert_eq!(loss.forward(logits.clone(), &array).array(), expected);
    assert_eq!(loss.forward(logits.clone(), &vector[..]).array(), expected);
    let error = loss.try_forward(logits, &array[1..].to_vec()).unwrap_err();
    assert!(matches!(error, Error::Count { left_count: 8, right_count: 7, .. }), "{error}");

    let logits: Tensor<Rank2<2, 3>, f32, _> = AutoDevice::default().tensor([[0.0, 1.0, 2.0], [3.0, 1.0, -1.0]]);
    let of_slice = CrossEntropyLoss::default().forward(logits.clone(), &[2, 1][..]).array();
    assert_eq!(CrossEntropyLoss::default().forward(logits.clone(), &[2, 1]).array(), of_slice);
    assert_eq!(CrossEntropyLoss::default().forward(logits, &vec![2, 1]).array(), of_slice);
}
