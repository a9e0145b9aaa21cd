use std::slice;

use dfdx::prelude::*;

use super::{NarrowGeometry, NarrowKernel, portable};
use crate::ops::testing::{
    Outcome, Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample, weight,
};

fn kernel(geometry: &NarrowGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    let output = (geometry.outer * geometry.width,);
    move |x, _| Cpu::try_narrow(x, output, geometry).unwrap()
}

fn composed(
    geometry: &NarrowGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    let output = (geometry.outer * geometry.width,);
    move |x, _| portable::narrow(x, output, geometry).unwrap()
}

/// A range of columns according to the definition.
fn naive(geometry: &NarrowGeometry, input: &[f64]) -> Outcome<f64> {
    let (mut output, mut gradient) = (Vec::new(), vec![0.0; input.len()]);
    for row in 0..geometry.outer {
        for column in geometry.start..geometry.start + geometry.width {
            gradient[row * geometry.length + column] = weight(output.len());
            output.push(input[row * geometry.length + column]);
        }
    }
    Outcome { output, gradients: vec![gradient] }
}

#[test]
fn by_hand() {
    let x = Cpu::default().tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]);
    let geometry = NarrowGeometry { outer: 2, length: 4, start: 1, width: 2 };
    for portably in [false, true] {
        let y: Tensor<Rank2<2, 2>, f64, _, _> = match portably {
            true => portable::narrow(x.leaky_trace(), Default::default(), &geometry).unwrap(),
            false => Cpu::try_narrow(x.leaky_trace(), Default::default(), &geometry).unwrap(),
        };
        assert_eq!(y.array(), [[2.0, 3.0], [6.0, 7.0]]);
        let slopes = y.square().sum::<(), _>().backward().get(&x).array();
        assert_eq!(slopes, [[0.0, 4.0, 6.0, 0.0], [0.0, 12.0, 14.0, 0.0]]);
    }
}

#[test]
fn both_forms_are_the_definition() {
    for (outer, length, start, width) in
        [(2, 5, 1, 3), (3, 4, 0, 4), (1, 1, 0, 1), (3, 7, 6, 1), (2, 5, 2, 0), (2, 0, 0, 0), (0, 5, 1, 3)]
    {
        let geometry = NarrowGeometry { outer, length, start, width };
        let (input, what) = (sample(outer * length, 1), format!("{geometry:?}"));
        let expected = naive(&geometry, &input);
        assert_same(&run(slice::from_ref(&input), kernel(&geometry)), &expected, 0.0, &what);
        assert_same(&run(slice::from_ref(&input), composed(&geometry)), &expected, 0.0, &format!("portable, {what}"));
        assert_differentiates(&[input], &what, kernel(&geometry));
    }
    let geometry = NarrowGeometry { outer: 300, length: 700, start: 13, width: 511 };
    let input = sample(300 * 700, 1);
    assert_same(&run(slice::from_ref(&input), kernel(&geometry)), &naive(&geometry, &input), 0.0, "on threads");
}

#[test]
fn gradients_of_several_uses_add_up() {
    let x = Cpu::default().tensor([1.0, 2.0, 3.0]);
    let (first, last) = (
        NarrowGeometry { outer: 1, length: 3, start: 0, width: 2 },
        NarrowGeometry { outer: 1, length: 3, start: 1, width: 2 },
    );
    for portably in [false, true] {
        let narrow = |geometry| -> Tensor<Rank1<2>, f64, _, _> {
            match portably {
                true => portable::narrow(x.leaky_trace(), Default::default(), geometry).unwrap(),
                false => Cpu::try_narrow(x.leaky_trace(), Default::default(), geometry).unwrap(),
            }
        };
        let y = narrow(&first) + narrow(&last);
        assert_eq!(y.array(), [3.0, 5.0]);
        assert_eq!(y.square().sum::<(), _>().backward().get(&x).array(), [6.0, 16.0, 10.0]);
    }
}

#[test]
fn a_permuted_input_has_its_gradient() {
    let x: Tensor<Rank2<4, 3>, f64, _> = Cpu::default().sample_normal();
    let geometry = NarrowGeometry { outer: 3, length: 4, start: 1, width: 2 };
    let outcome = |portably: bool| {
        let permuted = x.leaky_trace().permute::<Rank2<3, 4>, _>();
        let y: Tensor<Rank2<3, 2>, f64, _, _> = match portably {
            true => portable::narrow(permuted, Default::default(), &geometry).unwrap(),
            false => Cpu::try_narrow(permuted, Default::default(), &geometry).unwrap(),
        };
        [y.as_vec(), y.square().sum::<(), _>().backward().get(&x).as_vec()].concat()
    };
    assert_close(&outcome(false), &outcome(true), 1e-12, "permuted");
}
