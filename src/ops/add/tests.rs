use dfdx::prelude::*;

use super::{AddKernel, portable};
use crate::ops::testing::{Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample, values};

fn kernel(a: Taped<f64>, others: &[Vector<f64>]) -> Taped<f64> {
    let output = *a.shape();
    Cpu::try_add(a, others[0].retaped(), output).unwrap()
}

fn composed(a: Taped<f64, AutoDevice>, others: &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    let output = *a.shape();
    portable::add(a, others[0].retaped(), output).unwrap()
}

#[test]
fn by_hand() {
    let device = Cpu::default();
    let a = device.tensor([[1.0_f32, 2.0], [3.0, 4.0]]);
    let b = device.tensor([10.0_f32, 20.0, 30.0, 40.0]);
    for portably in [false, true] {
        let (left, right) = (a.leaky_trace(), b.leaky_trace());
        let y: Tensor<Rank3<2, 1, 2>, _, _, _> = match portably {
            true => portable::add(left, right, Default::default()).unwrap(),
            false => Cpu::try_add(left, right, Default::default()).unwrap(),
        };
        assert_eq!(y.array(), [[[11.0, 22.0]], [[33.0, 44.0]]]);
        let gradients = y.square().sum::<(), _>().backward();
        assert_eq!(gradients.get(&a).array(), [[22.0, 44.0], [66.0, 88.0]]);
        assert_eq!(gradients.get(&b).array(), [22.0, 44.0, 66.0, 88.0]);
    }
}

#[test]
fn both_forms_agree_and_differentiate() {
    for length in [1, 77, 0] {
        let inputs = [sample(length, 1), sample(length, 2)];
        assert_same(&run(&inputs, kernel), &run(&inputs, composed), 0.0, &format!("{length}"));
        assert_differentiates(&inputs, &format!("{length}"), kernel);
    }
    let long = [sample(40_000, 1), sample(40_000, 2)];
    assert_same(&run(&long, kernel), &run(&long, composed), 0.0, "in chunks");
}

#[test]
fn a_tensor_may_be_added_to_itself() {
    let x = Cpu::default().tensor([1.0, 2.0, 3.0]);
    for portably in [false, true] {
        let (left, right) = (x.leaky_trace(), x.leaky_trace());
        let y: Tensor<Rank1<3>, f64, _, _> = match portably {
            true => portable::add(left, right, Default::default()).unwrap(),
            false => Cpu::try_add(left, right, Default::default()).unwrap(),
        };
        assert_eq!(y.array(), [2.0, 4.0, 6.0]);
        assert_eq!(y.sum::<(), _>().backward().get(&x).array(), [2.0; 3]);
    }
}

#[test]
fn a_residual_connection_merges_its_tapes() {
    let device = Cpu::default();
    let x = device.tensor([1.0, 2.0, 3.0]);
    let factor = device.tensor([5.0, 6.0, 7.0]);
    for portably in [false, true] {
        let input = x.leaky_trace();
        let skip = input.retaped::<OwnedTape<f64, Cpu>>();
        let branch = input * factor.clone();
        let y: Tensor<Rank1<3>, f64, _, _> = match portably {
            true => portable::add(branch, skip, Default::default()).unwrap(),
            false => Cpu::try_add(branch, skip, Default::default()).unwrap(),
        };
        assert_eq!(y.array(), [6.0, 14.0, 24.0]);
        let gradients = y.sum::<(), _>().backward();
        assert_eq!(gradients.get(&x).array(), [6.0, 7.0, 8.0]);
        assert_eq!(gradients.get(&factor).array(), [1.0, 2.0, 3.0]);
    }
}

#[test]
fn strided_inputs_have_their_gradients() {
    let device = Cpu::default();
    let a: Tensor<Rank2<3, 3>, f64, _> = device.sample_normal();
    let b: Tensor<Rank1<3>, f64, _> = device.sample_normal();
    let outcome = |portably: bool, other_is_itself: bool| {
        let permuted = a.leaky_trace().permute::<Rank2<3, 3>, Axes2<1, 0>>();
        let other = match other_is_itself {
            true => a.leaky_trace(),
            false => b.leaky_trace().broadcast::<Rank2<3, 3>, Axis<1>>(),
        };
        let y: Tensor<Rank1<9>, f64, _, _> = match portably {
            true => portable::add(permuted, other, Default::default()).unwrap(),
            false => Cpu::try_add(permuted, other, Default::default()).unwrap(),
        };
        let output = values(&y);
        let gradients = y.square().sum::<(), _>().backward();
        let other = if other_is_itself { Vec::new() } else { gradients.get(&b).as_vec() };
        [output, gradients.get(&a).as_vec(), other].concat()
    };
    for other_is_itself in [false, true] {
        assert_close(&outcome(false, other_is_itself), &outcome(true, other_is_itself), 1e-12, "strided");
    }
    // aᵀ + a, squared and summed: the slope is 4 (a + aᵀ).
    let (sum, slope) = (outcome(false, true)[..9].to_vec(), outcome(false, true)[9..].to_vec());
    assert_close(&slope, &sum.iter().map(|sum| 4.0 * sum).collect::<Vec<_>>(), 1e-12, "symmetric");
}
