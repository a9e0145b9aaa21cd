use std::slice;

use dfdx::prelude::*;

use super::{PermuteGeometry, PermuteKernel, portable};
use crate::ops::testing::{Outcome, Taped, Vector, assert_differentiates, assert_same, run, sample, weight};

fn kernel(geometry: &PermuteGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    move |x, _| {
        let length = x.shape().num_elements();
        Cpu::try_permute(x, (length,), geometry).unwrap()
    }
}

fn composed(
    geometry: &PermuteGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    move |x, _| {
        let length = x.shape().num_elements();
        portable::permute(x, (length,), geometry).unwrap()
    }
}

/// The definition: each element of the output is looked up by its position.
fn naive(geometry: &PermuteGeometry, input: &[f64]) -> Outcome<f64> {
    let (sizes, mut output, mut gradient) = (geometry.output(), Vec::new(), vec![0.0; input.len()]);
    for number in 0..input.len() {
        let (mut rest, mut position) = (number, vec![0; sizes.len()]);
        for axis in (0..sizes.len()).rev() {
            position[geometry.axes[axis]] = rest % sizes[axis];
            rest /= sizes[axis];
        }
        let from = position.iter().zip(&geometry.sizes).fold(0, |from, (position, size)| from * size + position);
        gradient[from] = weight(number);
        output.push(input[from]);
    }
    Outcome { output, gradients: vec![gradient] }
}

#[test]
fn by_hand() {
    let x = Cpu::default().tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let geometry = PermuteGeometry { sizes: vec![2, 3], axes: vec![1, 0] };
    let y: Tensor<Rank2<3, 2>, f64, _, _> = Cpu::try_permute(x.leaky_trace(), Default::default(), &geometry).unwrap();
    assert_eq!(y.array(), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]);
    let gradient = (y * Cpu::default().tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])).sum::<(), _>().backward();
    assert_eq!(gradient.get(&x).array(), [[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]);
}

#[test]
fn both_forms_are_the_definition() {
    for (sizes, axes) in [
        (vec![3, 4], vec![1, 0]),
        (vec![2, 3, 4], vec![0, 2, 1]),
        (vec![2, 3, 4], vec![2, 0, 1]),
        (vec![2, 3, 4], vec![1, 0, 2]),
        (vec![2, 3, 4], vec![2, 1, 0]),
        (vec![2, 3, 4, 5], vec![0, 2, 1, 3]),
        (vec![2, 3, 4, 5], vec![3, 1, 0, 2]),
        (vec![2, 1, 4, 1, 3], vec![4, 1, 2, 0, 3]),
        (vec![2, 3, 2, 2, 3, 2], vec![5, 3, 1, 4, 2, 0]),
        (vec![1, 1], vec![1, 0]),
        (vec![7], vec![0]),
        (vec![2, 0, 3], vec![2, 1, 0]),
    ] {
        let geometry = PermuteGeometry { sizes, axes };
        let (input, what) = (sample(geometry.sizes.iter().product(), 1), format!("{geometry:?}"));
        let expected = naive(&geometry, &input);
        assert_same(&run(slice::from_ref(&input), kernel(&geometry)), &expected, 0.0, &what);
        assert_same(&run(slice::from_ref(&input), composed(&geometry)), &expected, 0.0, &format!("portable, {what}"));
        assert_differentiates(&[input], &what, kernel(&geometry));
    }
    let geometry = PermuteGeometry { sizes: vec![40, 30, 70], axes: vec![0, 2, 1] };
    let input = sample(40 * 30 * 70, 1);
    assert_same(&run(slice::from_ref(&input), kernel(&geometry)), &naive(&geometry, &input), 0.0, "on threads");
}

#[test]
#[should_panic(expected = "each axis occurs once")]
fn an_axis_that_occurs_twice_is_refused() {
    let x: Tensor<Rank2<2, 3>, f64, _> = Cpu::default().zeros();
    let _ = Cpu::try_permute(x, (6,), &PermuteGeometry { sizes: vec![2, 3], axes: vec![1, 1] });
}
