use std::slice;

use dfdx::prelude::*;

use super::{MaxPool2dGeometry, MaxPool2dKernel, portable};
use crate::ops::Window;
use crate::ops::testing::{Outcome, Taped, Vector, assert_differentiates, assert_same, run, sample, weight};

fn geometry(planes: usize, [input, kernel, stride, padding, dilation]: [[usize; 2]; 5]) -> MaxPool2dGeometry {
    let window = |axis: usize| Window {
        input: input[axis],
        output: (input[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis] + 1,
        kernel: kernel[axis],
        stride: stride[axis],
        padding: padding[axis],
        dilation: dilation[axis],
    };
    MaxPool2dGeometry { planes, vertical: window(0), horizontal: window(1) }
}

fn kernel(geometry: &MaxPool2dGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    let output = (geometry.planes * geometry.output_plane(),);
    move |x, _| Cpu::try_max_pool2d(x, output, geometry).unwrap()
}

fn composed(
    geometry: &MaxPool2dGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    let output = (geometry.planes * geometry.output_plane(),);
    move |x, _| portable::max_pool2d(x, output, geometry).unwrap()
}

fn both(geometry: &MaxPool2dGeometry, input: Vec<f64>, expected: &Outcome<f64>, what: &str) {
    assert_same(&run(slice::from_ref(&input), kernel(geometry)), expected, 0.0, what);
    // The gradients of overlapping windows may be added in another order.
    assert_same(&run(&[input], composed(geometry)), expected, 1e-15, &format!("portable, {what}"));
}

/// Max pooling according to the definition.
fn naive(geometry: &MaxPool2dGeometry, input: &[f64]) -> Outcome<f64> {
    let MaxPool2dGeometry { planes, vertical, horizontal } = geometry;
    let (mut output, mut gradient) = (Vec::new(), vec![0.0; input.len()]);
    for plane in 0..*planes {
        for row in 0..vertical.output {
            for column in 0..horizontal.output {
                let rows = (0..vertical.kernel).filter_map(|tap| vertical.position(row, tap));
                let positions = rows.flat_map(|y| {
                    let columns = (0..horizontal.kernel).filter_map(|tap| horizontal.position(column, tap));
                    columns.map(move |x| plane * geometry.input_plane() + y * horizontal.input + x)
                });
                let greatest =
                    positions.reduce(|best, next| if input[next] > input[best] { next } else { best }).unwrap();
                gradient[greatest] += weight(output.len());
                output.push(input[greatest]);
            }
        }
    }
    Outcome { output, gradients: vec![gradient] }
}

#[test]
fn by_hand() {
    let geometry = geometry(1, [[2, 4], [2, 2], [2, 2], [0, 0], [1, 1]]);
    let gradient = vec![0.0, 0.0, weight(1), 0.0, weight(0), 0.0, 0.0, 0.0];
    let expected = Outcome { output: vec![4.0, 5.0], gradients: vec![gradient] };
    both(&geometry, vec![1.0, 2.0, 5.0, 0.0, 4.0, 3.0, -1.0, 5.0], &expected, "the first of equals has the gradient");
}

#[test]
fn both_forms_are_the_definition() {
    for geometry in [
        geometry(3, [[6, 5], [2, 2], [2, 2], [0, 0], [1, 1]]),
        geometry(2, [[7, 6], [3, 3], [2, 1], [1, 1], [1, 1]]),
        geometry(2, [[7, 8], [3, 2], [1, 3], [1, 1], [2, 3]]),
        geometry(2, [[1, 1], [1, 1], [1, 1], [0, 0], [1, 1]]),
        geometry(1, [[4, 5], [6, 5], [1, 1], [1, 0], [1, 1]]),
        geometry(1, [[7, 7], [2, 2], [5, 4], [0, 0], [1, 1]]),
        geometry(0, [[4, 4], [2, 2], [2, 2], [0, 0], [1, 1]]),
        geometry(2, [[5, 39], [2, 2], [2, 2], [0, 0], [1, 1]]),
        geometry(1, [[3, 2], [2, 2], [2, 2], [0, 0], [1, 1]]),
    ] {
        let input = sample(geometry.planes * geometry.input_plane(), 1);
        both(&geometry, input.clone(), &naive(&geometry, &input), &format!("{geometry:?}"));
        let ties: Vec<f64> = input.iter().map(|value| value.round()).collect();
        both(&geometry, ties.clone(), &naive(&geometry, &ties), &format!("{geometry:?}, ties"));
        assert_differentiates(&[input], &format!("{geometry:?}"), kernel(&geometry));
    }
}

#[test]
fn not_a_number_is_the_maximum() {
    let geometry = geometry(1, [[1, 6], [1, 3], [1, 3], [0, 0], [1, 1]]);
    let gradient = vec![0.0, weight(0), 0.0, 0.0, 0.0, weight(1)];
    let expected = Outcome { output: vec![f64::NAN; 2], gradients: vec![gradient] };
    both(&geometry, vec![1.0, f64::NAN, 2.0, f64::NAN, 7.0, f64::NAN], &expected, "NaN");
}

#[test]
fn negative_inputs_win_over_padding() {
    let geometry = geometry(1, [[1, 2], [1, 2], [1, 1], [0, 1], [1, 1]]);
    let expected = Outcome { output: vec![-3.0, -2.0, -2.0], gradients: vec![vec![weight(0), weight(1) + weight(2)]] };
    both(&geometry, vec![-3.0, -2.0], &expected, "padding");
}

#[test]
fn a_broadcast_input_has_the_sum_of_the_gradients() {
    let geometry = geometry(3, [[1, 2], [1, 2], [1, 1], [0, 0], [1, 1]]);
    let x = Cpu::default().tensor([1.0, 2.0]);
    let y = x.leaky_trace().broadcast::<Rank3<3, 1, 2>, Axes2<0, 1>>();
    let y = Cpu::try_max_pool2d(y, (3,), &geometry).unwrap();
    assert_eq!(y.as_vec(), [2.0; 3]);
    assert_eq!(y.sum::<(), _>().backward().get(&x).array(), [0.0, 3.0]);
}
