use dfdx::prelude::*;

use super::{Scale, SoftmaxGeometry, SoftmaxKernel, portable};
use crate::ops::testing::{Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample};

fn kernel(scale: Scale, geometry: &SoftmaxGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    move |x, _| Cpu::try_softmax(x, scale, geometry).unwrap()
}

fn composed(
    scale: Scale,
    geometry: &SoftmaxGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    move |x, _| portable::softmax(x, scale, geometry).unwrap()
}

#[test]
fn by_hand() {
    let logits = Cpu::default().tensor([0.0, 0.0, 3.0_f64.ln(), 1000.0]);
    let geometry = SoftmaxGeometry { outer: 1, classes: 2, inner: 2 };
    let y = Cpu::try_softmax(logits.clone(), Scale::Linear, &geometry).unwrap();
    assert_close(&y.as_vec(), &[0.25, 0.0, 0.75, 1.0], 1e-15, "probabilities");
    let y = Cpu::try_softmax(logits, Scale::Logarithmic, &geometry).unwrap();
    assert_close(&y.as_vec(), &[0.25_f64.ln(), -1000.0, 0.75_f64.ln(), 0.0], 1e-15, "logarithms");
}

#[test]
fn both_forms_agree_and_differentiate() {
    for scale in [Scale::Linear, Scale::Logarithmic] {
        for (outer, classes, inner) in [(1, 1, 1), (3, 5, 1), (2, 3, 4), (1, 7, 2), (0, 3, 2)] {
            let geometry = SoftmaxGeometry { outer, classes, inner };
            let (input, what) = ([sample(outer * classes * inner, 1)], format!("{scale:?}, {geometry:?}"));
            let expected = run(&input, composed(scale, &geometry));
            assert_same(&run(&input, kernel(scale, &geometry)), &expected, 1e-12, &what);
            assert_differentiates(&input, &what, kernel(scale, &geometry));
        }
    }
}

/// Enough vectors for several blocks and tasks.
#[test]
fn many_vectors_are_those_of_the_portable_form() {
    for (outer, classes, inner) in [(900, 5, 1), (3, 3, 1500), (2, 3000, 1), (2, 3000, 2)] {
        let geometry = SoftmaxGeometry { outer, classes, inner };
        let input = [sample(outer * classes * inner, 1)];
        for scale in [Scale::Linear, Scale::Logarithmic] {
            let (fast, slow) = (run(&input, kernel(scale, &geometry)), run(&input, composed(scale, &geometry)));
            assert_same(&fast, &slow, 1e-12, &format!("{scale:?}, {geometry:?}"));
        }
    }
}

/// The exponentials of `f32` are this library's own approximations.
#[test]
fn single_precision_is_double_precision_rounded() {
    let geometry = SoftmaxGeometry { outer: 300, classes: 11, inner: 2 };
    let logits: Vec<f64> = sample(300 * 11 * 2, 1).into_iter().map(|logit| logit * 20.0).collect();
    let single: Vec<f32> = logits.iter().map(|&logit| logit as f32).collect();
    let logits: Vec<f64> = single.iter().copied().map(f64::from).collect();
    for scale in [Scale::Linear, Scale::Logarithmic] {
        let (mut expected, mut actual) = (vec![0.0; logits.len()], vec![0.0; logits.len()]);
        super::cpu::forward(&geometry, scale, &logits, &mut expected);
        super::cpu::forward(&geometry, scale, &single, &mut actual);
        let actual: Vec<f64> = actual.into_iter().map(f64::from).collect();
        assert_close(&actual, &expected, 1e-6, &format!("{scale:?}"));
    }
}

#[test]
fn not_a_number_and_infinity_spoil_their_own_vector_only() {
    let geometry = SoftmaxGeometry { outer: 3, classes: 2, inner: 1 };
    let input = [f32::NAN, 0.0, 1.0, 1.0, f32::INFINITY, 0.0];
    let mut output = [0.0; 6];
    super::cpu::forward(&geometry, Scale::Linear, &input, &mut output);
    assert!(output[..2].iter().chain(&output[4..5]).all(|value| value.is_nan()), "{output:?}");
    assert_eq!(output[2..4], [0.5, 0.5]);
}

#[test]
fn a_permuted_input_has_its_gradient() {
    let x: Tensor<Rank2<3, 4>, f64, _> = Cpu::default().sample_normal();
    let geometry = SoftmaxGeometry { outer: 4, classes: 3, inner: 1 };
    let gradient = |portably: bool| {
        let permuted = x.leaky_trace().permute::<Rank2<4, 3>, _>();
        let y = match portably {
            true => portable::softmax(permuted, Scale::Linear, &geometry),
            false => Cpu::try_softmax(permuted, Scale::Linear, &geometry),
        };
        y.unwrap().square().sum::<(), _>().backward().get(&x).as_vec()
    };
    assert_close(&gradient(false), &gradient(true), 1e-12, "permuted");
}
