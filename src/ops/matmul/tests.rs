use dfdx::prelude::*;

use super::{MatmulGeometry, MatmulKernel, portable};
use crate::ops::testing::{Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample};

fn length(geometry: &MatmulGeometry) -> (usize,) {
    (geometry.batch * geometry.rows * geometry.columns,)
}

fn kernel(geometry: MatmulGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    move |left, others| Cpu::try_matmul(left, others[0].retaped(), length(&geometry), &geometry).unwrap()
}

fn composed(
    geometry: MatmulGeometry,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    move |left, others| portable::matmul(left, others[0].retaped(), length(&geometry), &geometry).unwrap()
}

const ONE: MatmulGeometry =
    MatmulGeometry { batch: 1, rows: 2, inner: 3, columns: 2, shares_left: false, shares_right: false };

#[test]
fn by_hand() {
    let inputs = [vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], vec![1.0, 0.0, 2.0, -1.0, 0.0, 3.0]];
    for outcome in [run(&inputs, kernel(ONE)), run(&inputs, composed(ONE))] {
        assert_close(&outcome.output, &[5.0, 7.0, 14.0, 13.0], 1e-14, "product");
    }
}

#[test]
fn both_forms_are_the_definition() {
    for (batch, rows, inner, columns) in
        [(1, 2, 3, 4), (3, 2, 3, 4), (2, 1, 5, 1), (4, 9, 17, 10), (2, 3, 0, 2), (0, 2, 3, 4)]
    {
        for (shares_left, shares_right) in [(false, false), (false, true), (true, false), (true, true)] {
            let geometry = MatmulGeometry { batch, rows, inner, columns, shares_left, shares_right };
            let [lefts, rights] = geometry.matrices();
            let inputs = [sample(lefts * rows * inner, 1), sample(rights * inner * columns, 2)];
            let element = |number: usize| {
                let (column, row, product) = (number % columns, number / columns % rows, number / columns / rows);
                let left = |k: usize| inputs[0][(if shares_left { 0 } else { product } * rows + row) * inner + k];
                let right =
                    |k: usize| inputs[1][(if shares_right { 0 } else { product } * inner + k) * columns + column];
                (0..inner).map(|k| left(k) * right(k)).sum::<f64>()
            };
            let (expected, what): (Vec<f64>, _) =
                ((0..batch * rows * columns).map(element).collect(), format!("{geometry:?}"));
            let outcome = run(&inputs, kernel(geometry));
            assert_close(&outcome.output, &expected, 1e-13, &what);
            assert_same(&run(&inputs, composed(geometry)), &outcome, 1e-12, &format!("portable, {what}"));
            assert_differentiates(&inputs, &what, kernel(geometry));
        }
    }
}

#[test]
fn a_matrix_times_itself_has_both_gradients() {
    let geometry = MatmulGeometry { inner: 2, ..ONE };
    let x = Cpu::default().tensor([[1.0, 2.0], [3.0, 4.0]]);
    for portably in [false, true] {
        let y: Tensor<Rank2<2, 2>, f64, _, _> = match portably {
            true => portable::matmul(x.leaky_trace(), x.leaky_trace(), Default::default(), &geometry).unwrap(),
            false => Cpu::try_matmul(x.leaky_trace(), x.leaky_trace(), Default::default(), &geometry).unwrap(),
        };
        assert_eq!(y.array(), [[7.0, 10.0], [15.0, 22.0]]);
        assert_eq!(y.sum::<(), _>().backward().get(&x).array(), [[7.0, 11.0], [9.0, 13.0]]);
    }
}
