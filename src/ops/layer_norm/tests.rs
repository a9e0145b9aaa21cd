use dfdx::prelude::*;

use super::{LayerNormGeometry, LayerNormKernel, portable};
use crate::ops::testing::{Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample};

fn kernel(geometry: LayerNormGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    move |x, others| Cpu::try_layer_norm(x, others.first(), others.get(1), &geometry).unwrap()
}

fn composed(
    geometry: LayerNormGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    move |x, others| {
        let output = *x.shape();
        let parameter = |number: usize| others.get(number).map(Tensor::retaped);
        portable::layer_norm(x, parameter(0), parameter(1), output, &geometry).unwrap()
    }
}

#[test]
fn by_hand() {
    // Means 2 and 5, variances 1 and 4.
    let inputs = [vec![1.0, 3.0, 3.0, 7.0], vec![10.0, 100.0], vec![0.5, -0.5]];
    let geometry = LayerNormGeometry { rows: 2, width: 2, epsilon: 0.0 };
    for outcome in [run(&inputs, kernel(geometry)), run(&inputs, composed(geometry))] {
        assert_close(&outcome.output, &[-9.5, 99.5, -9.5, 99.5], 1e-13, "output");
    }
}

#[test]
fn both_forms_agree_and_differentiate() {
    for (rows, width) in [(1, 1), (3, 5), (20, 3), (2, 70), (0, 4)] {
        for parameters in 0..3 {
            let geometry = LayerNormGeometry { rows, width, epsilon: 0.1 };
            let inputs = [sample(rows * width, 1), sample(width, 2), sample(width, 3)];
            let (inputs, what) = (&inputs[..=parameters], format!("{geometry:?}, {parameters} parameters"));
            let outcome = run(inputs, kernel(geometry));
            assert_same(&run(inputs, composed(geometry)), &outcome, 1e-12, &what);
            assert_differentiates(inputs, &what, kernel(geometry));
        }
    }
    let geometry = LayerNormGeometry { rows: 300, width: 96, epsilon: 1e-5 };
    let inputs = [sample(300 * 96, 1), sample(96, 2), sample(96, 3)];
    assert_same(&run(&inputs, composed(geometry)), &run(&inputs, kernel(geometry)), 1e-11, "on threads");
}

/// Equal elements have no variance: the result is the bias, also where their mean isn't exact.
#[test]
fn equal_elements_become_the_bias() {
    for value in [0.0, -2.1179, 3e7, 0.1] {
        let geometry = LayerNormGeometry { rows: 1, width: 7, epsilon: 1e-5 };
        let (x, ones) = (Cpu::default().tensor([value as f32; 7]), Cpu::default().tensor([1.0_f32; 7]));
        let y = Cpu::try_layer_norm(x, Some(&ones), Some(&ones), &geometry).unwrap();
        assert_eq!(y.array(), [1.0; 7], "of {value}");
    }
}

#[test]
#[should_panic(expected = "there must be an element to normalize")]
fn no_width_is_refused() {
    let x: Tensor<Rank1<0>, f64, _> = Cpu::default().zeros();
    let none = None::<&Vector<f64>>;
    let _ = Cpu::try_layer_norm(x, none, none, &LayerNormGeometry { rows: 1, width: 0, epsilon: 1e-5 });
}
