use dfdx::prelude::*;

use super::{EmbeddingGeometry, EmbeddingKernel, portable};
use crate::ops::testing::{Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample};

fn kernel<'a>(
    indices: &'a [usize],
    geometry: &'a EmbeddingGeometry,
) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> + 'a {
    move |weight, _| Cpu::try_embedding(indices, weight, (indices.len() * geometry.width,), geometry).unwrap()
}

fn composed<'a>(
    indices: &'a [usize],
    geometry: &'a EmbeddingGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> + 'a {
    move |weight, _| portable::embedding(indices, weight, (indices.len() * geometry.width,), geometry).unwrap()
}

#[test]
fn by_hand() {
    let device = Cpu::default();
    let weight = device.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    let geometry = EmbeddingGeometry { rows: 3, width: 2 };
    let y: Tensor<Rank2<3, 2>, f64, _, _> =
        Cpu::try_embedding(&[2, 0, 2], weight.leaky_trace(), Default::default(), &geometry).unwrap();
    assert_eq!(y.array(), [[5.0, 6.0], [1.0, 2.0], [5.0, 6.0]]);
    let gradient = (y * device.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])).sum::<(), _>().backward().get(&weight);
    assert_eq!(
        gradient.array(),
        [[3.0, 4.0], [0.0, 0.0], [6.0, 8.0]],
        "a row that is looked up twice has both gradients"
    );
}

#[test]
fn both_forms_agree_and_differentiate() {
    for (indices, rows, width) in [
        (vec![0], 1, 1),
        (vec![3, 1, 1, 0, 3], 4, 3),
        (vec![], 3, 2),
        ((0..500).map(|at| at * 7 % 90).collect(), 90, 5),
    ] {
        let (geometry, inputs) = (EmbeddingGeometry { rows, width }, [sample(rows * width, 1)]);
        let what = format!("{geometry:?}");
        assert_same(
            &run(&inputs, kernel(&indices, &geometry)),
            &run(&inputs, composed(&indices, &geometry)),
            1e-12,
            &what,
        );
        if rows < 10 {
            assert_differentiates(&inputs, &what, kernel(&indices, &geometry));
        }
    }
}

#[test]
fn a_permuted_weight_has_its_gradient() {
    let weight: Tensor<Rank2<2, 3>, f64, _> = Cpu::default().sample_normal();
    let geometry = EmbeddingGeometry { rows: 3, width: 2 };
    let outcome = |portably: bool| {
        let permuted = weight.leaky_trace().permute::<Rank2<3, 2>, _>();
        let y: Tensor<Rank2<2, 2>, f64, _, _> = match portably {
            true => portable::embedding(&[2, 1], permuted, Default::default(), &geometry).unwrap(),
            false => Cpu::try_embedding(&[2, 1], permuted, Default::default(), &geometry).unwrap(),
        };
        [y.as_vec(), y.square().sum::<(), _>().backward().get(&weight).as_vec()].concat()
    };
    assert_close(&outcome(false), &outcome(true), 1e-12, "permuted");
}

#[test]
#[should_panic(expected = "is beyond the rows")]
fn an_index_beyond_the_rows_is_refused() {
    let weight: Tensor<Rank2<3, 2>, f64, _> = Cpu::default().zeros();
    let _ = Cpu::try_embedding(&[3], weight, (2,), &EmbeddingGeometry { rows: 3, width: 2 });
}
