use std::slice;

use dfdx::prelude::*;

use super::{AvgPool2dGeometry, AvgPool2dKernel, portable};
use crate::ops::testing::{Outcome, Taped, Vector, assert_differentiates, assert_same, run, sample, weight};
use crate::ops::{Bins, Window};

fn kernel(geometry: &AvgPool2dGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    let output = (geometry.planes * geometry.output_plane(),);
    move |x, _| Cpu::try_avg_pool2d(x, output, geometry).unwrap()
}

fn composed(
    geometry: &AvgPool2dGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    let output = (geometry.planes * geometry.output_plane(),);
    move |x, _| portable::avg_pool2d(x, output, geometry).unwrap()
}

fn both(geometry: &AvgPool2dGeometry, input: Vec<f64>, expected: &Outcome<f64>) {
    assert_same(&run(slice::from_ref(&input), kernel(geometry)), expected, 1e-12, &format!("{geometry:?}"));
    assert_same(&run(&[input], composed(geometry)), expected, 1e-12, &format!("portable, {geometry:?}"));
}

/// Average pooling according to the definition.
fn naive(geometry: &AvgPool2dGeometry, input: &[f64]) -> Outcome<f64> {
    let AvgPool2dGeometry { planes, vertical, horizontal } = geometry;
    let (mut output, mut gradient) = (Vec::new(), vec![0.0; input.len()]);
    for plane in 0..*planes {
        for down in &vertical.bins {
            for along in &horizontal.bins {
                let divisor = (down.divisor * along.divisor) as f64;
                let mut average = 0.0;
                for y in down.start..down.end {
                    for x in along.start..along.end {
                        let position = (plane * vertical.input + y) * horizontal.input + x;
                        average += input[position] / divisor;
                        gradient[position] += weight(output.len()) / divisor;
                    }
                }
                output.push(average);
            }
        }
    }
    Outcome { output, gradients: vec![gradient] }
}

fn sliding(input: usize, kernel: usize, stride: usize, padding: usize, count_padding: bool) -> Bins {
    let output = (input + 2 * padding - kernel) / stride + 1;
    Bins::sliding(&Window { input, output, kernel, stride, padding, dilation: 1 }, count_padding)
}

#[test]
fn by_hand() {
    let counting = |count| AvgPool2dGeometry {
        planes: 1,
        vertical: sliding(1, 1, 1, 0, count),
        horizontal: sliding(3, 2, 2, 1, count),
    };
    for (count, output) in [(true, vec![2.0, 7.0]), (false, vec![4.0, 7.0])] {
        let share = if count { weight(0) / 2.0 } else { weight(0) };
        let gradients = vec![vec![share, weight(1) / 2.0, weight(1) / 2.0]];
        both(&counting(count), vec![4.0, 6.0, 8.0], &Outcome { output, gradients });
    }
    let whole = AvgPool2dGeometry { planes: 2, vertical: Bins::adaptive(2, 1), horizontal: Bins::adaptive(2, 1) };
    let gradients = vec![[[weight(0) / 4.0; 4], [weight(1) / 4.0; 4]].concat()];
    let expected = Outcome { output: vec![4.0, -1.0], gradients };
    both(&whole, vec![1.0, 2.0, 6.0, 7.0, -1.0, -1.0, 0.0, -2.0], &expected);
}

#[test]
fn both_forms_are_the_definition() {
    for (planes, vertical, horizontal) in [
        (2, sliding(6, 2, 2, 0, true), sliding(5, 2, 2, 0, true)),
        (2, sliding(6, 3, 2, 1, true), sliding(7, 3, 1, 1, true)),
        (2, sliding(6, 3, 2, 1, false), sliding(7, 3, 4, 1, false)),
        (1, sliding(1, 1, 1, 0, true), sliding(1, 1, 1, 0, true)),
        (3, sliding(4, 4, 1, 0, true), sliding(5, 7, 1, 1, false)),
        (2, Bins::adaptive(7, 3), Bins::adaptive(5, 1)),
        (2, Bins::adaptive(2, 3), Bins::adaptive(4, 4)),
        (0, Bins::adaptive(7, 3), Bins::adaptive(5, 1)),
    ] {
        let geometry = AvgPool2dGeometry { planes, vertical, horizontal };
        let input = sample(planes * geometry.input_plane(), 1);
        both(&geometry, input.clone(), &naive(&geometry, &input));
        assert_differentiates(&[input], &format!("{geometry:?}"), kernel(&geometry));
    }
}

#[test]
fn a_permuted_input_has_its_gradient() {
    let geometry = AvgPool2dGeometry { planes: 1, vertical: Bins::adaptive(2, 1), horizontal: Bins::adaptive(3, 3) };
    let x = Cpu::default().tensor([[1.0, 4.0], [2.0, 5.0], [3.0, 9.0]]);
    let y: Tensor<Rank1<3>, f64, _, _> =
        Cpu::try_avg_pool2d(x.leaky_trace().permute::<Rank2<2, 3>, _>(), Default::default(), &geometry).unwrap();
    assert_eq!(y.array(), [2.5, 3.5, 6.0]);
    assert_eq!(
        (y * Cpu::default().tensor([2.0, 4.0, 6.0])).sum::<(), _>().backward().get(&x).array(),
        [[1.0; 2], [2.0; 2], [3.0; 2]]
    );
}
