use dfdx::prelude::*;

use super::{BatchNormGeometry, BatchNormKernel, portable};
use crate::ops::Backend;
use crate::ops::testing::{Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample, vector};

const EPSILON: f64 = 1e-5;

fn geometry(batch: usize, channels: usize, spatial: usize) -> BatchNormGeometry {
    BatchNormGeometry { batch, channels, spatial, epsilon: EPSILON }
}

/// Input, weight and bias for a geometry.
fn inputs(geometry: &BatchNormGeometry) -> Vec<Vec<f64>> {
    let BatchNormGeometry { batch, channels, spatial, .. } = *geometry;
    vec![sample(batch * channels * spatial, 1), sample(channels, 2), sample(channels, 3)]
}

fn train(geometry: &BatchNormGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    let channels = (geometry.channels,);
    move |x, p| Cpu::try_batch_norm_train(x, p.first(), p.get(1), channels, geometry).unwrap().0
}

fn train_portably(
    geometry: &BatchNormGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    let channels = (geometry.channels,);
    move |x, p| portable::batch_norm_train(x, p.first(), p.get(1), channels, geometry).unwrap().0
}

/// Running statistics for a geometry.
fn running<D: Backend<f64> + Default>(geometry: &BatchNormGeometry) -> (Vector<f64, D>, Vector<f64, D>) {
    let squares: Vec<f64> = sample(geometry.channels, 5).iter().map(|value| value * value).collect();
    (vector(&D::default(), &sample(geometry.channels, 4)), vector(&D::default(), &squares))
}

fn evaluate(geometry: &BatchNormGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    let (mean, variance) = running(geometry);
    move |x, p| Cpu::try_batch_norm_eval(x, p.first(), p.get(1), &mean, &variance, geometry).unwrap()
}

fn evaluate_portably(
    geometry: &BatchNormGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    let (mean, variance) = running(geometry);
    move |x, p| portable::batch_norm_eval(x, p.first(), p.get(1), &mean, &variance, geometry).unwrap()
}

#[test]
fn by_hand() {
    let device = Cpu::default();
    // Two examples, two channels, two positions; the first channel's values are 1, 3, 5, 7.
    let x = device.tensor([[[1.0, 3.0], [4.0, 4.0]], [[5.0, 7.0], [4.0, 4.0]]]);
    let (weight, bias) = (device.tensor([2.0, 3.0]), device.tensor([10.0, 20.0]));
    let exact = BatchNormGeometry { epsilon: 0.25, ..geometry(2, 2, 2) };
    let (y, statistics) =
        Cpu::try_batch_norm_train(x.clone(), Some(&weight), Some(&bias), Default::default(), &exact).unwrap();
    assert_eq!(statistics.mean.array(), [4.0, 4.0]);
    assert_close(&statistics.variance.as_vec(), &[20.0 / 3.0, 0.0], 1e-15, "unbiased");
    let unit = 2.0 / 5.25_f64.sqrt();
    let expected = [10.0 - 3.0 * unit, 10.0 - unit, 20.0, 20.0, 10.0 + unit, 10.0 + 3.0 * unit, 20.0, 20.0];
    assert_close(&y.as_vec(), &expected, 1e-15, "training");

    let (mean, variance) = (device.tensor([1.0, 2.0]), device.tensor([3.75, 0.75]));
    let y = Cpu::try_batch_norm_eval(x, Some(&weight), Some(&bias), &mean, &variance, &exact).unwrap();
    assert_eq!(y.array(), [[[10.0, 12.0], [26.0, 26.0]], [[14.0, 16.0], [26.0, 26.0]]]);
}

#[test]
fn both_forms_agree() {
    for (batch, channels, spatial) in [(2, 1, 1), (4, 3, 1), (1, 2, 5), (3, 4, 6), (0, 3, 4)] {
        let geometry = geometry(batch, channels, spatial);
        let all = inputs(&geometry);
        for inputs in [&all[..], &all[..2], &all[..1]] {
            let what = format!("{geometry:?}, {} inputs", inputs.len());
            assert_same(&run(inputs, train(&geometry)), &run(inputs, train_portably(&geometry)), 1e-11, &what);
            assert_same(&run(inputs, evaluate(&geometry)), &run(inputs, evaluate_portably(&geometry)), 1e-12, &what);
        }
        let x: Vector<f64> = vector(&Cpu::default(), &all[0]);
        let channels = (channels,);
        let fast = Cpu::try_batch_norm_train(x.clone(), None, None, channels, &geometry).unwrap().1;
        let slow = portable::batch_norm_train(x, None, None, channels, &geometry).unwrap().1;
        assert_close(&fast.mean.as_vec(), &slow.mean.as_vec(), 1e-12, "mean");
        assert_close(&fast.variance.as_vec(), &slow.variance.as_vec(), 1e-12, "variance");
    }
}

#[test]
fn gradients_are_the_slopes() {
    let geometry = geometry(3, 2, 4);
    assert_differentiates(&inputs(&geometry), "training", train(&geometry));
    assert_differentiates(&inputs(&geometry), "evaluation", evaluate(&geometry));
}

#[test]
fn a_great_mean_costs_no_digits() {
    let values: Vec<f64> = sample(64, 1).iter().map(|value| value + 4096.0).collect();
    let geometry = geometry(64, 1, 1);
    let x: Vector<f32> = vector(&Cpu::default(), &values);
    let statistics = Cpu::try_batch_norm_train(x, None, None, (1,), &geometry).unwrap().1;
    let mean = values.iter().sum::<f64>() / 64.0;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / 63.0;
    assert_close(&statistics.variance.as_vec(), &[variance as f32], 1e-3, "variance");
}

#[test]
fn a_permuted_input_has_its_gradient() {
    let device = Cpu::default();
    let x: Tensor<Rank3<3, 4, 2>, f64, _> = device.sample_normal();
    let geometry = geometry(4, 2, 3);
    let gradient = |portably: bool| {
        let x_permuted = x.leaky_trace().permute::<Rank3<4, 2, 3>, Axes3<1, 2, 0>>();
        let weight = device.tensor(2.0).broadcast::<Rank1<2>, _>();
        let form = if portably { portable::batch_norm_train } else { Cpu::try_batch_norm_train };
        let (y, _) = form(x_permuted, Some(&weight), None, Default::default(), &geometry).unwrap();
        y.exp().sum::<(), _>().backward().get(&x).as_vec()
    };
    assert_close(&gradient(false), &gradient(true), 1e-11, "permuted");
}
