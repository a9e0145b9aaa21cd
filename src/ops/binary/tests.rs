use dfdx::prelude::*;

use super::{BinaryGeometry, BinaryKernel, Function, portable};
use crate::ops::testing::{
    Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample, values, weight,
};

fn sum(elements: usize) -> BinaryGeometry {
    BinaryGeometry::same(Function::Add, elements)
}

fn kernel(a: Taped<f64>, others: &[Vector<f64>]) -> Taped<f64> {
    let output = *a.shape();
    Cpu::try_add(a, others[0].retaped(), output).unwrap()
}

fn composed(a: Taped<f64, AutoDevice>, others: &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    let output = *a.shape();
    portable::binary(a, others[0].retaped(), output, &sum(output.0)).unwrap()
}

#[test]
fn by_hand() {
    let device = Cpu::default();
    let a = device.tensor([[1.0_f32, 2.0], [3.0, 4.0]]);
    let b = device.tensor([10.0_f32, 20.0, 30.0, 40.0]);
    for portably in [false, true] {
        let (left, right) = (a.leaky_trace(), b.leaky_trace());
        let y: Tensor<Rank3<2, 1, 2>, _, _, _> = match portably {
            true => portable::binary(left, right, Default::default(), &sum(4)).unwrap(),
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
            true => portable::binary(left, right, Default::default(), &sum(3)).unwrap(),
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
            true => portable::binary(branch, skip, Default::default(), &sum(3)).unwrap(),
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
            true => portable::binary(permuted, other, Default::default(), &sum(9)).unwrap(),
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

const ALL: [Function; 6] =
    [Function::Add, Function::Sub, Function::Mul, Function::Div, Function::Maximum, Function::Minimum];

fn by_kernel(geometry: &BinaryGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    let output = (geometry.output().iter().product(),);
    move |a, others| Cpu::try_binary(a, others[0].retaped(), output, geometry).unwrap()
}

fn portably(
    geometry: &BinaryGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    let output = (geometry.output().iter().product(),);
    move |a, others| portable::binary(a, others[0].retaped(), output, geometry).unwrap()
}

#[test]
fn each_function_by_hand() {
    let inputs = [vec![1.0, 6.0, -2.0, 3.0], vec![2.0, 3.0, -4.0, 3.0]];
    for (function, expected) in ALL.into_iter().zip([
        [3.0, 9.0, -6.0, 6.0],
        [-1.0, 3.0, 2.0, 0.0],
        [2.0, 18.0, 8.0, 9.0],
        [0.5, 2.0, 0.5, 1.0],
        [2.0, 6.0, -2.0, 3.0],
        [1.0, 3.0, -4.0, 3.0],
    ]) {
        let geometry = BinaryGeometry::same(function, 4);
        for outcome in [run(&inputs, by_kernel(&geometry)), run(&inputs, portably(&geometry))] {
            assert_close(&outcome.output, &expected, 0.0, &format!("{function:?}"));
            if function == Function::Maximum {
                // The gradient goes to the greater one, and in equal parts to equal ones.
                let gradient = weight(3) / 2.0;
                assert_eq!(outcome.gradients[0], [0.0, weight(1), weight(2), gradient]);
                assert_eq!(outcome.gradients[1], [weight(0), 0.0, 0.0, gradient]);
            }
        }
    }
    let nan = [vec![f64::NAN, 1.0], vec![1.0, f64::NAN]];
    for function in ALL {
        let geometry = BinaryGeometry::same(function, 2);
        assert!(run(&nan, by_kernel(&geometry)).output.iter().all(|y| y.is_nan()), "{function:?}");
        assert!(run(&nan, portably(&geometry)).output.iter().all(|y| y.is_nan()), "{function:?}, portably");
    }
}

/// The definition: each element of the output is computed from the elements at its position, or at 0 along repeated axes.
fn naive(geometry: &BinaryGeometry, inputs: &[Vec<f64>]) -> Vec<f64> {
    let sizes = geometry.output();
    let at = |own: &[usize], number: usize| {
        let (mut rest, mut position) = (number, vec![0; sizes.len()]);
        for axis in (0..sizes.len()).rev() {
            position[axis] = if own[axis] == 1 { 0 } else { rest % sizes[axis] };
            rest /= sizes[axis];
        }
        position.iter().zip(own).fold(0, |at, (position, size)| at * size + position)
    };
    let value = |number: usize| {
        let (a, b) = (inputs[0][at(&geometry.left, number)], inputs[1][at(&geometry.right, number)]);
        match geometry.function {
            Function::Add => a + b,
            Function::Sub => a - b,
            Function::Mul => a * b,
            Function::Div => a / b,
            Function::Maximum => a.max(b),
            Function::Minimum => a.min(b),
        }
    };
    (0..sizes.iter().product()).map(value).collect()
}

#[test]
fn repeated_axes_are_the_definition() {
    let shapes: [(&[usize], &[usize]); 14] = [
        (&[2, 3], &[1, 3]),
        (&[2, 3], &[2, 1]),
        (&[2, 1], &[1, 3]),
        (&[1, 3], &[2, 1]),
        (&[2, 3, 4], &[1, 3, 1]),
        (&[2, 3, 4], &[2, 1, 4]),
        (&[1, 3, 1], &[2, 3, 4]),
        (&[2, 1, 4, 1], &[1, 3, 1, 2]),
        (&[1, 1, 1], &[2, 3, 2]),
        (&[2, 3, 2], &[1, 1, 1]),
        (&[], &[]),
        (&[1], &[1]),
        (&[1, 5], &[0, 5]),
        (&[40, 1, 300], &[1, 3, 300]),
    ];
    for ((left, right), function) in shapes.into_iter().flat_map(|shapes| ALL.map(|function| (shapes, function))) {
        let geometry = BinaryGeometry { function, left: left.to_vec(), right: right.to_vec() };
        // No two are equal, where the functions have no derivative, and none is near 0.
        let sample = |length, seed| sample(length, seed).into_iter().map(move |x| x.abs() + seed as f64 / 2.0);
        let inputs =
            [sample(left.iter().product(), 1).collect(), sample(right.iter().product(), 5).collect::<Vec<_>>()];
        let what = format!("{geometry:?}");
        let outcome = run(&inputs, by_kernel(&geometry));
        assert_close(&outcome.output, &naive(&geometry, &inputs), 0.0, &what);
        assert_same(&run(&inputs, portably(&geometry)), &outcome, 1e-12, &format!("portable, {what}"));
        if outcome.output.len() < 100 {
            assert_differentiates(&inputs, &what, by_kernel(&geometry));
        }
    }
}

#[test]
#[should_panic(expected = "the sizes are the same, or one of them is 1")]
fn sizes_that_differ_are_refused() {
    let (a, b): (Tensor<Rank1<2>, f64, _>, Tensor<Rank1<3>, f64, _>) = (Cpu::default().zeros(), Cpu::default().zeros());
    let geometry = BinaryGeometry { function: Function::Mul, left: vec![2], right: vec![3] };
    let _ = Cpu::try_binary(a, b, (3,), &geometry);
}
