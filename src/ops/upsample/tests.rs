use std::slice;

use dfdx::prelude::*;

use super::{Mode, Stretch, UpsampleGeometry, UpsampleKernel, portable};
use crate::ops::testing::{
    Outcome, Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample, weight,
};

const CENTRES: Mode = Mode::Bilinear { align_corners: true };
const EDGES: Mode = Mode::Bilinear { align_corners: false };
const MODES: [Mode; 3] = [Mode::Nearest, EDGES, CENTRES];

fn kernel(geometry: &UpsampleGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    let output = (geometry.planes * geometry.output_plane(),);
    move |x, _| Cpu::try_upsample(x, output, geometry).unwrap()
}

fn composed(
    geometry: &UpsampleGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    let output = (geometry.planes * geometry.output_plane(),);
    move |x, _| portable::upsample(x, output, geometry).unwrap()
}

fn both(geometry: &UpsampleGeometry, input: &Vec<f64>, expected: &Outcome<f64>) {
    assert_same(&run(slice::from_ref(input), kernel(geometry)), expected, 1e-12, &format!("{geometry:?}"));
    assert_same(&run(slice::from_ref(input), composed(geometry)), expected, 1e-12, &format!("portable, {geometry:?}"));
}

/// The weight of an input position in an output position. It is positive if their distance is less than 1.
fn share(stretch: &Stretch, mode: Mode, input: usize, output: usize) -> f64 {
    let (inputs, outputs) = (stretch.input as f64, stretch.output as f64);
    let ratio = stretch.factor.unwrap_or(outputs / inputs);
    let position = match mode {
        Mode::Nearest => (output as f64 / ratio).floor(),
        EDGES => (output as f64 + 0.5) / ratio - 0.5,
        CENTRES => output as f64 * (inputs - 1.0) / (outputs - 1.0).max(1.0),
    };
    (1.0 - (position.clamp(0.0, inputs - 1.0) - input as f64).abs()).max(0.0)
}

/// Upsampling as a sum over all pairs of inputs and outputs.
fn naive(geometry: &UpsampleGeometry, input: &[f64]) -> Outcome<f64> {
    let UpsampleGeometry { planes, vertical, horizontal, mode } = geometry;
    let (mut output, mut gradient) = (Vec::new(), vec![0.0; input.len()]);
    for plane in 0..*planes {
        for position in 0..geometry.output_plane() {
            let (row, column) = (position / horizontal.output, position % horizontal.output);
            let mut value = 0.0;
            for from in 0..geometry.input_plane() {
                let down = share(vertical, *mode, from / horizontal.input, row);
                let along = share(horizontal, *mode, from % horizontal.input, column);
                value += down * along * input[plane * geometry.input_plane() + from];
                gradient[plane * geometry.input_plane() + from] += down * along * weight(output.len());
            }
            output.push(value);
        }
    }
    Outcome { output, gradients: vec![gradient] }
}

fn stretch(input: usize, output: usize) -> Stretch {
    Stretch { input, output, factor: None }
}

#[test]
fn by_hand() {
    let outcome = |output: [f64; 8], shares: [[f64; 8]; 2]| {
        let gradient = shares.map(|shares| shares.iter().enumerate().map(|(at, share)| share * weight(at)).sum());
        Outcome { output: output.to_vec(), gradients: vec![gradient.to_vec()] }
    };
    let geometry = |mode| UpsampleGeometry { planes: 1, vertical: stretch(1, 2), horizontal: stretch(2, 4), mode };
    let shares = [[1., 1., 0., 0., 1., 1., 0., 0.], [0., 0., 1., 1., 0., 0., 1., 1.]];
    both(&geometry(Mode::Nearest), &vec![4., 8.], &outcome([4., 4., 8., 8., 4., 4., 8., 8.], shares));
    let shares = [[1., 0.75, 0.25, 0., 1., 0.75, 0.25, 0.], [0., 0.25, 0.75, 1., 0., 0.25, 0.75, 1.]];
    both(&geometry(EDGES), &vec![4., 8.], &outcome([4., 5., 7., 8., 4., 5., 7., 8.], shares));
    let (third, two) = (1.0 / 3.0, 2.0 / 3.0);
    let shares = [[1., two, third, 0., 1., two, third, 0.], [0., third, two, 1., 0., third, two, 1.]];
    both(&geometry(CENTRES), &vec![3., 6.], &outcome([3., 4., 5., 6., 3., 4., 5., 6.], shares));
}

#[test]
fn scale_factors_that_are_not_whole_are_those_of_pytorch() {
    let input = vec![1.0, -2.0, 3.0, 0.5, 4.0, -1.0];
    let vertical = Stretch { input: 2, output: 3, factor: Some(1.6) };
    let horizontal = Stretch { input: 3, output: 4, factor: Some(1.5) };
    let geometry = |mode| UpsampleGeometry { planes: 1, vertical, horizontal, mode };
    let output = vec![1.0, 1.0, -2.0, 3.0, 1.0, 1.0, -2.0, 3.0, 0.5, 0.5, 4.0, -1.0];
    let gradients = vec![vec![1.4, -0.6, 0.0, -1.2, 0.4, -0.4]];
    both(&geometry(Mode::Nearest), &input, &Outcome { output, gradients });

    let (sixth, seven) = (1.0 / 6.0, 7.0 / 6.0);
    let output = [1.0, -0.5, -seven, 13.0 / 6.0, 0.78125, 0.703125, 0.7291666666666666, 1.1458333333333333];
    let output = [&output[..], &[0.5, 2.25, 19.0 / 6.0, -sixth]].concat();
    let gradients = vec![vec![0.55, 0.24791666666666667, -25.0 / 96.0, -0.35, -0.48125, -0.10625]];
    both(&geometry(EDGES), &input, &Outcome { output, gradients });

    let output = [1.0, -1.0, -1.0 / 3.0, 3.0, 0.75, 11.0 / 12.0, 1.0, 1.0, 0.5, 17.0 / 6.0, 7.0 / 3.0, -1.0].to_vec();
    let gradients = vec![vec![1.0 / 3.0, 8.0 / 15.0, -11.0 / 30.0, -2.0 / 15.0, -2.0 / 3.0, -0.1]];
    both(&geometry(CENTRES), &input, &Outcome { output, gradients });
}

#[test]
fn both_forms_are_the_definition() {
    for (planes, vertical, horizontal) in [
        (2, stretch(3, 6), stretch(4, 8)),
        (3, stretch(2, 5), stretch(3, 7)),
        (2, stretch(5, 3), stretch(4, 1)),
        (1, stretch(1, 1), stretch(1, 5)),
        (2, stretch(4, 4), stretch(3, 3)),
        (2, Stretch { input: 3, output: 7, factor: Some(2.6) }, Stretch { input: 5, output: 3, factor: Some(0.7) }),
        (0, stretch(2, 5), stretch(3, 7)),
        (40, stretch(20, 40), stretch(20, 50)),
    ] {
        for mode in MODES {
            let geometry = UpsampleGeometry { planes, vertical, horizontal, mode };
            let input = sample(planes * geometry.input_plane(), 1);
            if planes < 10 {
                both(&geometry, &input, &naive(&geometry, &input));
                assert_differentiates(&[input], &format!("{geometry:?}"), kernel(&geometry));
            } else {
                both(&geometry, &input, &run(slice::from_ref(&input), composed(&geometry)));
            }
        }
    }
}

#[test]
fn an_infinity_stays_where_it_is() {
    let x = Cpu::default().tensor([1.0, f64::INFINITY]);
    for mode in MODES {
        let geometry = UpsampleGeometry { planes: 1, vertical: stretch(1, 2), horizontal: stretch(2, 2), mode };
        let y: Tensor<Rank2<2, 2>, f64, _> = Cpu::try_upsample(x.clone(), Default::default(), &geometry).unwrap();
        assert_eq!(y.array(), [[1.0, f64::INFINITY]; 2], "{mode:?}");
    }
}

#[test]
fn a_permuted_input_has_its_gradient() {
    let x: Tensor<Rank2<3, 2>, f64, _> = Cpu::default().sample_normal();
    for mode in MODES {
        let geometry = UpsampleGeometry { planes: 1, vertical: stretch(2, 3), horizontal: stretch(3, 5), mode };
        let outcome = |portably: bool| {
            let permuted = x.leaky_trace().permute::<Rank2<2, 3>, _>();
            let y: Tensor<Rank2<3, 5>, f64, _, _> = match portably {
                true => portable::upsample(permuted, Default::default(), &geometry).unwrap(),
                false => Cpu::try_upsample(permuted, Default::default(), &geometry).unwrap(),
            };
            [y.as_vec(), y.square().sum::<(), _>().backward().get(&x).as_vec()].concat()
        };
        assert_close(&outcome(false), &outcome(true), 1e-12, "permuted");
    }
}
