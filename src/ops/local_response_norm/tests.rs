use dfdx::prelude::*;

use super::{LocalResponseNormGeometry, LocalResponseNormKernel, portable};
use crate::ops::testing::{Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample};

fn kernel(geometry: &LocalResponseNormGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    move |x, _| Cpu::try_local_response_norm(x, geometry).unwrap()
}

fn composed(
    geometry: &LocalResponseNormGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    move |x, _| portable::local_response_norm(x, geometry).unwrap()
}

fn geometry(batch: usize, channels: usize, spatial: usize, size: usize) -> LocalResponseNormGeometry {
    LocalResponseNormGeometry { batch, channels, spatial, size, alpha: 0.5, beta: 0.75, k: 2.0 }
}

#[test]
fn by_hand() {
    let x = [vec![1.0, 2.0, 3.0]];
    let expected = |size: f64, sums: [f64; 3]| {
        let scale = |sum: f64| f64::powf(2.0 + 0.5 / size * sum, -0.75);
        [scale(sums[0]), 2.0 * scale(sums[1]), 3.0 * scale(sums[2])]
    };
    for (size, sums) in [(1, [1.0, 4.0, 9.0]), (2, [1.0, 5.0, 13.0]), (3, [5.0, 14.0, 13.0]), (9, [14.0; 3])] {
        let y = run(&x, kernel(&geometry(1, 3, 1, size))).output;
        assert_close(&y, &expected(size as f64, sums), 1e-14, &format!("size {size}"));
    }
}

#[test]
fn both_forms_agree_and_differentiate() {
    for (batch, channels, spatial, size) in
        [(1, 1, 1, 1), (2, 5, 3, 3), (3, 4, 2, 2), (1, 6, 1, 4), (2, 3, 4, 5), (1, 2, 3, 9), (0, 3, 2, 3)]
    {
        let geometry = geometry(batch, channels, spatial, size);
        let (input, what) = ([sample(batch * channels * spatial, 1)], format!("{geometry:?}"));
        assert_same(&run(&input, kernel(&geometry)), &run(&input, composed(&geometry)), 1e-12, &what);
        assert_differentiates(&input, &what, kernel(&geometry));
    }
    let large = geometry(3, 64, 100, 5);
    let input = [sample(3 * 64 * 100, 1)];
    assert_same(&run(&input, kernel(&large)), &run(&input, composed(&large)), 1e-12, "on several threads");
}

#[test]
fn a_permuted_input_has_its_gradient() {
    let x: Tensor<Rank2<3, 4>, f64, _> = Cpu::default().sample_normal();
    let geometry = geometry(1, 4, 3, 3);
    let gradient = |portably: bool| {
        let permuted = x.leaky_trace().permute::<Rank2<4, 3>, _>();
        let y = match portably {
            true => portable::local_response_norm(permuted, &geometry),
            false => Cpu::try_local_response_norm(permuted, &geometry),
        };
        y.unwrap().square().sum::<(), _>().backward().get(&x).as_vec()
    };
    assert_close(&gradient(false), &gradient(true), 1e-12, "permuted");
}
