use dfdx::prelude::*;

use super::{Function, ReduceGeometry, ReduceKernel, portable};
use crate::ops::testing::{Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample, weight};

const ALL: [Function; 4] = [Function::Sum, Function::Mean, Function::Max, Function::Min];

fn kernel(geometry: ReduceGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    move |x, _| Cpu::try_reduce(x, (geometry.outer * geometry.inner,), &geometry).unwrap()
}

fn composed(
    geometry: ReduceGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    move |x, _| portable::reduce(x, (geometry.outer * geometry.inner,), &geometry).unwrap()
}

#[test]
fn by_hand() {
    let inputs = [vec![1.0, 5.0, 3.0, 5.0, -2.0, 5.0]];
    for (function, expected) in ALL.into_iter().zip([[2.0, 15.0], [2.0 / 3.0, 5.0], [3.0, 5.0], [-2.0, 5.0]]) {
        let geometry = ReduceGeometry { function, outer: 1, count: 3, inner: 2 };
        for outcome in [run(&inputs, kernel(geometry)), run(&inputs, composed(geometry))] {
            assert_close(&outcome.output, &expected, 1e-15, &format!("{function:?}"));
            if function == Function::Max {
                // Equal elements share the gradient.
                let third = weight(1) / 3.0;
                assert_close(&outcome.gradients[0], &[0.0, third, weight(0), third, 0.0, third], 1e-15, "shares");
            }
        }
    }
}

#[test]
fn both_forms_are_the_definition() {
    let sizes = [(2, 3, 4), (1, 1, 1), (3, 5, 1), (1, 4, 7), (0, 2, 3), (2, 3, 0), (2, 300, 1), (1, 200, 3)];
    for ((outer, count, inner), function) in sizes.into_iter().flat_map(|sizes| ALL.map(|function| (sizes, function))) {
        let geometry = ReduceGeometry { function, outer, count, inner };
        let (input, what) = (sample(outer * count * inner, 1), format!("{geometry:?}"));
        let column = |position: usize| {
            let (block, column) = (position / inner.max(1), position % inner.max(1));
            (0..count).map(move |line| (block * count + line) * inner + column)
        };
        let reduced = |position: usize| {
            let values = column(position).map(|at| input[at]);
            match function {
                Function::Sum => values.sum(),
                Function::Mean => values.sum::<f64>() / count as f64,
                Function::Max => values.fold(f64::NEG_INFINITY, f64::max),
                Function::Min => values.fold(f64::INFINITY, f64::min),
            }
        };
        let expected: Vec<f64> = (0..outer * inner).map(reduced).collect();
        let outcome = run(std::slice::from_ref(&input), kernel(geometry));
        assert_close(&outcome.output, &expected, 1e-13, &what);
        assert_same(
            &run(std::slice::from_ref(&input), composed(geometry)),
            &outcome,
            1e-13,
            &format!("portable, {what}"),
        );
        assert_differentiates(std::slice::from_ref(&input), &what, kernel(geometry));
    }
}

/// A sum of many equal numbers in single precision is exact, where adding them one by one isn't.
#[test]
fn long_sums_keep_their_precision() {
    let ones: Tensor<(usize,), f32, _> = Cpu::default().ones_like(&(1 << 25,));
    let geometry = ReduceGeometry { function: Function::Sum, outer: 1, count: 1 << 25, inner: 1 };
    let sum: Tensor<(usize,), f32, _> = Cpu::try_reduce(ones, (1,), &geometry).unwrap();
    assert_eq!(sum.as_vec(), [(1 << 25) as f32]);
}

#[test]
fn what_is_not_a_number_stays() {
    for function in ALL {
        for input in [[f64::NAN, 1.0, 2.0], [1.0, 2.0, f64::NAN], [1.0, f64::NAN, 0.0]] {
            let geometry = ReduceGeometry { function, outer: 1, count: 3, inner: 1 };
            assert!(run(&[input.to_vec()], kernel(geometry)).output[0].is_nan(), "{function:?} of {input:?}");
        }
    }
}

#[test]
#[should_panic(expected = "there must be an element to reduce")]
fn nothing_is_refused() {
    let x: Tensor<(usize,), f64, _> = Cpu::default().zeros_like(&(0,));
    let _: Result<Tensor<(usize,), _, _>, _> =
        Cpu::try_reduce(x, (1,), &ReduceGeometry { function: Function::Max, outer: 1, count: 0, inner: 1 });
}
