use dfdx::prelude::*;

use super::{LinearGeometry, LinearKernel, portable};
use crate::ops::testing::{Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample};
use crate::ops::{Backend, Element};

fn kernel<E: Element>(geometry: &LinearGeometry) -> impl Fn(Taped<E>, &[Vector<E>]) -> Taped<E>
where
    Cpu: Backend<E>,
{
    let output = (geometry.rows * geometry.outputs,);
    move |x, parameters| Cpu::try_linear(x, &parameters[0], parameters.get(1), output, geometry).unwrap()
}

fn composed(
    geometry: &LinearGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    let output = (geometry.rows * geometry.outputs,);
    move |x, parameters| portable::linear(x, &parameters[0], parameters.get(1), output, geometry).unwrap()
}

fn inputs(geometry: &LinearGeometry) -> Vec<Vec<f64>> {
    let LinearGeometry { rows, inputs, outputs } = *geometry;
    vec![sample(rows * inputs, 1), sample(outputs * inputs, 2), sample(outputs, 3)]
}

#[test]
fn by_hand() {
    let device = Cpu::default();
    let x = device.tensor([[1.0_f32, 2.0], [3.0, 4.0]]);
    let weight = device.tensor([[1.0_f32, -1.0], [0.0, 2.0], [1.0, 1.0]]);
    let bias = device.tensor([10.0_f32, 20.0, 30.0]);
    let geometry = LinearGeometry { rows: 2, inputs: 2, outputs: 3 };
    let y = Cpu::try_linear(x.leaky_trace(), &weight, Some(&bias), Rank2::<2, 3>::default(), &geometry).unwrap();
    assert_eq!(y.array(), [[9., 24., 33.], [9., 28., 37.]]);
    let gradients = y.sum::<(), _>().backward();
    assert_eq!(gradients.get(&x).array(), [[2., 2.]; 2]);
    assert_eq!(gradients.get(&weight).array(), [[4., 6.]; 3]);
    assert_eq!(gradients.get(&bias).array(), [2.; 3]);
}

#[test]
fn both_forms_agree() {
    for (rows, features, outputs) in [(1, 1, 1), (3, 5, 2), (7, 1, 9), (64, 33, 10), (0, 4, 3)] {
        let geometry = LinearGeometry { rows, inputs: features, outputs };
        let all = inputs(&geometry);
        for inputs in [&all[..], &all[..2]] {
            let (expected, what) = (run(inputs, composed(&geometry)), format!("{geometry:?}"));
            assert_same(&run(inputs, kernel::<f64>(&geometry)), &expected, 1e-12, &what);
            let single = run(inputs, kernel::<f32>(&geometry)).output;
            let single: Vec<f64> = single.into_iter().map(f64::from).collect();
            assert_close(&single, &expected.output, 1e-4, &what);
        }
    }
}

#[test]
fn gradients_are_the_slopes() {
    let geometry = LinearGeometry { rows: 3, inputs: 4, outputs: 2 };
    assert_differentiates(&inputs(&geometry), "linear", kernel(&geometry));
}

#[test]
fn strided_inputs_have_their_gradients() {
    let device = Cpu::default();
    let x: Tensor<Rank2<4, 3>, f64, _> = device.sample_normal();
    let weight: Tensor<Rank2<4, 2>, f64, _> = device.sample_normal();
    let bias: Tensor<Rank0, f64, _> = device.sample_normal();
    let geometry = LinearGeometry { rows: 3, inputs: 4, outputs: 2 };
    let outcome = |portably: bool| {
        let permuted = x.leaky_trace().permute::<Rank2<3, 4>, _>();
        let transposed = weight.clone().permute::<Rank2<2, 4>, _>();
        let repeated = bias.clone().broadcast::<Rank1<2>, _>();
        let y: Tensor<Rank2<3, 2>, f64, _, _> = match portably {
            true => portable::linear(permuted, &transposed, Some(&repeated), Default::default(), &geometry).unwrap(),
            false => Cpu::try_linear(permuted, &transposed, Some(&repeated), Default::default(), &geometry).unwrap(),
        };
        let output = y.as_vec();
        let gradients = y.square().sum::<(), _>().backward();
        let gradients = [gradients.get(&x).as_vec(), gradients.get(&weight).as_vec(), gradients.get(&bias).as_vec()];
        [output, gradients.concat()].concat()
    };
    assert_close(&outcome(false), &outcome(true), 1e-12, "strided");
}
