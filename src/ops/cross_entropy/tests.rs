use dfdx::prelude::*;

use super::{CrossEntropyGeometry, CrossEntropyKernel, portable};
use crate::ops::testing::{Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample};

fn labels(geometry: &CrossEntropyGeometry) -> Tensor<(usize,), usize, Cpu> {
    let labels = (0..geometry.batch).map(|example| (example * 5 + 1) % geometry.classes).collect();
    Cpu::default().tensor_from_vec(labels, (geometry.batch,))
}

fn kernel(geometry: &CrossEntropyGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    let labels = labels(geometry);
    move |x, _| Cpu::try_cross_entropy(x, &labels, geometry).unwrap().reshape_like(&(1,))
}

fn composed(geometry: &CrossEntropyGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    let labels = labels(geometry);
    move |x, _| portable::cross_entropy(x, &labels, geometry).unwrap().reshape_like(&(1,))
}

#[test]
fn by_hand() {
    let device = Cpu::default();
    let logits = device.tensor([[0.0, 3.0_f64.ln()], [1000.0, 0.0]]);
    let geometry = CrossEntropyGeometry { batch: 2, classes: 2 };
    let loss = Cpu::try_cross_entropy(logits.leaky_trace(), &device.tensor([1, 1]), &geometry).unwrap();
    assert_close(&[loss.array()], &[(1000.0 - 0.75_f64.ln()) / 2.0], 1e-15, "loss");
    let gradient = loss.backward().get(&logits).as_vec();
    assert_close(&gradient, &[0.125, -0.125, 0.5, -0.5], 1e-15, "gradient");
}

#[test]
fn both_forms_agree_and_differentiate() {
    for (batch, classes) in [(1, 1), (1, 4), (6, 3), (64, 10)] {
        let geometry = CrossEntropyGeometry { batch, classes };
        let (input, what) = ([sample(batch * classes, 1)], format!("{geometry:?}"));
        assert_same(&run(&input, kernel(&geometry)), &run(&input, composed(&geometry)), 1e-12, &what);
        assert_differentiates(&input, &what, kernel(&geometry));
    }
}

#[test]
fn the_mean_of_nothing_is_not_a_number() {
    let geometry = CrossEntropyGeometry { batch: 0, classes: 3 };
    let (fast, slow) = (run(&[vec![]], kernel(&geometry)), run(&[vec![]], composed(&geometry)));
    assert!(fast.output[0].is_nan() && slow.output[0].is_nan());
    assert!(fast.gradients[0].is_empty() && slow.gradients[0].is_empty());
}

#[test]
fn strided_logits_and_labels_are_read_in_order() {
    let device = Cpu::default();
    let logits: Tensor<Rank2<3, 4>, f64, _> = device.sample_normal();
    let labels: Tensor<Rank1<4>, usize, _> = device.tensor(2).broadcast();
    let geometry = CrossEntropyGeometry { batch: 4, classes: 3 };
    let outcome = |portably: bool| {
        let permuted = logits.leaky_trace().permute::<Rank2<4, 3>, _>();
        let loss = match portably {
            true => portable::cross_entropy(permuted, &labels, &geometry),
            false => Cpu::try_cross_entropy(permuted, &labels, &geometry),
        };
        let loss = loss.unwrap();
        [vec![loss.array()], loss.backward().get(&logits).as_vec()].concat()
    };
    assert_close(&outcome(false), &outcome(true), 1e-12, "strided");
}

#[test]
#[should_panic(expected = "label 3 at position 1 is out of range")]
fn a_label_out_of_range_is_refused() {
    let device = Cpu::default();
    let logits: Tensor<Rank2<2, 3>, f64, _> = device.zeros();
    let _ = Cpu::try_cross_entropy(logits, &device.tensor([0, 3]), &CrossEntropyGeometry { batch: 2, classes: 3 });
}
