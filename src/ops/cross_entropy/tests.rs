use dfdx::prelude::*;

use super::{CrossEntropyGeometry, CrossEntropyKernel, Targets, portable};
use crate::ops::testing::{Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample, weight};

fn targets(geometry: &CrossEntropyGeometry) -> Targets {
    let labels = (0..geometry.labels()).map(|position| (position * 5 + 1) % geometry.classes).collect();
    Targets::mean(labels)
}

fn kernel(geometry: &CrossEntropyGeometry, targets: Targets) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    move |x, _| Cpu::try_cross_entropy(x, targets.clone(), geometry).unwrap().reshape_like(&(1,))
}

fn composed(
    geometry: &CrossEntropyGeometry,
    targets: Targets,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    move |x, _| portable::cross_entropy(x, targets.clone(), geometry).unwrap().reshape_like(&(1,))
}

#[test]
fn by_hand() {
    let device = Cpu::default();
    let logits = device.tensor([[0.0, 3.0_f64.ln()], [1000.0, 0.0]]);
    let geometry = CrossEntropyGeometry { outer: 2, classes: 2, inner: 1 };
    let loss = Cpu::try_cross_entropy(logits.leaky_trace(), Targets::mean(vec![1, 1]), &geometry).unwrap();
    assert_close(&[loss.array()], &[(1000.0 - 0.75_f64.ln()) / 2.0], 1e-15, "loss");
    let gradient = loss.backward().get(&logits).as_vec();
    assert_close(&gradient, &[0.125, -0.125, 0.5, -0.5], 1e-15, "gradient");
}

#[test]
fn both_forms_agree_and_differentiate() {
    for (outer, classes, inner) in [(1, 1, 1), (1, 4, 1), (6, 3, 1), (64, 10, 1), (2, 3, 5), (1, 2, 7)] {
        let geometry = CrossEntropyGeometry { outer, classes, inner };
        let (input, what) = ([sample(outer * classes * inner, 1)], format!("{geometry:?}"));
        let (fast, slow) = (kernel(&geometry, targets(&geometry)), composed(&geometry, targets(&geometry)));
        assert_same(&run(&input, &fast), &run(&input, slow), 1e-12, &what);
        assert_differentiates(&input, &what, fast);
    }
}

/// Enough positions for several blocks and tasks.
#[test]
fn many_positions_are_those_of_the_portable_form() {
    for (outer, classes, inner) in [(900, 5, 1), (3, 3, 1500), (2, 3000, 1)] {
        let geometry = CrossEntropyGeometry { outer, classes, inner };
        let input = [sample(outer * classes * inner, 1)];
        let mut targets = targets(&geometry);
        targets.weights.iter_mut().step_by(3).for_each(|weight| *weight = 0.5);
        let (fast, slow) = (run(&input, kernel(&geometry, targets.clone())), run(&input, composed(&geometry, targets)));
        assert_same(&fast, &slow, 1e-12, &format!("{geometry:?}"));
    }
}

/// The second position has the weight 0, although its logits are infinite; the third has the weight 3.
#[test]
fn positions_are_weighed() {
    let geometry = CrossEntropyGeometry { outer: 1, classes: 2, inner: 3 };
    let targets = Targets { labels: vec![0, 1, 1], weights: vec![1.0, 0.0, 3.0], total: 2.0 };
    let input = [vec![0.0, f64::NEG_INFINITY, 0.0, 3.0_f64.ln(), f64::NEG_INFINITY, 0.0]];
    let fast = run(&input, kernel(&geometry, targets.clone()));
    assert_same(&fast, &run(&input, composed(&geometry, targets)), 1e-12, "weighed");
    assert_close(&fast.output, &[(4.0_f64.ln() + 3.0 * 2.0_f64.ln()) / 2.0], 1e-12, "loss");
    // In `run`, the loss is multiplied by `weight(0)`, −0.4.
    let expected = [-0.375, 0.0, 0.75, 0.375, 0.0, -0.75].map(|gradient| gradient * weight(0));
    assert_close(&fast.gradients[0], &expected, 1e-12, "gradient");
}

#[test]
fn the_mean_of_nothing_is_not_a_number() {
    let geometry = CrossEntropyGeometry { outer: 0, classes: 3, inner: 1 };
    let (fast, slow) = (kernel(&geometry, targets(&geometry)), composed(&geometry, targets(&geometry)));
    let (fast, slow) = (run(&[vec![]], fast), run(&[vec![]], slow));
    assert!(fast.output[0].is_nan() && slow.output[0].is_nan());
    assert!(fast.gradients[0].is_empty() && slow.gradients[0].is_empty());
}

#[test]
fn strided_logits_are_read_in_order() {
    let device = Cpu::default();
    let logits: Tensor<Rank2<3, 4>, f64, _> = device.sample_normal();
    let geometry = CrossEntropyGeometry { outer: 4, classes: 3, inner: 1 };
    let outcome = |portably: bool| {
        let permuted = logits.leaky_trace().permute::<Rank2<4, 3>, _>();
        let targets = Targets::mean(vec![2; 4]);
        let loss = match portably {
            true => portable::cross_entropy(permuted, targets, &geometry),
            false => Cpu::try_cross_entropy(permuted, targets, &geometry),
        };
        let loss = loss.unwrap();
        [vec![loss.array()], loss.backward().get(&logits).as_vec()].concat()
    };
    assert_close(&outcome(false), &outcome(true), 1e-12, "strided");
}

#[test]
#[should_panic(expected = "label 3 at position 1 is out of range")]
fn a_label_out_of_range_is_refused() {
    let logits: Tensor<Rank2<2, 3>, f64, _> = Cpu::default().zeros();
    let geometry = CrossEntropyGeometry { outer: 2, classes: 3, inner: 1 };
    let _ = Cpu::try_cross_entropy(logits, Targets::mean(vec![0, 3]), &geometry);
}
