use dfdx::prelude::*;

use super::{ConcatGeometry, ConcatKernel, portable};
use crate::ops::testing::{
    Outcome, Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample, weight,
};

type Form = fn(Vec<TapedPart>, &ConcatGeometry) -> Result<TapedPart, CpuError>;
type Part = Tensor<(usize, usize), f64, Cpu>;
type TapedPart = Tensor<(usize, usize), f64, Cpu, OwnedTape<f64, Cpu>>;

const FORMS: [Form; 2] = [Cpu::try_concat, portable::concat];

fn joined(form: Form, geometry: &ConcatGeometry) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    move |x, others| {
        let parts = [x].into_iter().chain(others.iter().map(|part| part.retaped())).zip(&geometry.parts);
        let parts = parts.map(|(part, width)| part.reshape_like(&(geometry.batch, geometry.rows * width)));
        let y = form(parts.collect(), geometry).unwrap();
        assert_eq!(*y.shape(), geometry.output());
        y.reshape_like(&(geometry.batch * geometry.rows * geometry.length(),))
    }
}

/// Concatenation according to the definition.
fn naive(geometry: &ConcatGeometry, inputs: &[Vec<f64>]) -> Outcome<f64> {
    let (mut output, mut gradients) = (Vec::new(), vec![Vec::new(); inputs.len()]);
    for row in 0..geometry.batch * geometry.rows {
        for (number, &width) in geometry.parts.iter().enumerate() {
            for column in 0..width {
                gradients[number].push(weight(output.len()));
                output.push(inputs[number][row * width + column]);
            }
        }
    }
    Outcome { output, gradients }
}

#[test]
fn by_hand() {
    let device = Cpu::default();
    let a: Part = device.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]).realize();
    let b: Part = device.tensor([[10.0, 20.0], [30.0, 40.0]]).realize();
    for form in FORMS {
        let whole = ConcatGeometry { batch: 2, rows: 1, parts: vec![4, 2] };
        let y = form(vec![a.retaped(), b.retaped()], &whole).unwrap();
        assert_eq!(y.as_vec(), [1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 5.0, 6.0, 7.0, 8.0, 30.0, 40.0]);

        let last = ConcatGeometry { batch: 2, rows: 2, parts: vec![2, 1] };
        let y = form(vec![a.retaped(), b.retaped()], &last).unwrap();
        assert_eq!(y.as_vec(), [1.0, 2.0, 10.0, 3.0, 4.0, 20.0, 5.0, 6.0, 30.0, 7.0, 8.0, 40.0]);
        let gradients = y.square().sum::<(), _>().backward();
        assert_eq!(gradients.get(&a).as_vec(), [2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0]);
        assert_eq!(gradients.get(&b).as_vec(), [20.0, 40.0, 60.0, 80.0]);
    }
}

#[test]
fn both_forms_are_the_definition() {
    for (batch, rows, parts) in [
        (2, 3, vec![2, 4, 1]),
        (3, 1, vec![5, 7]),
        (1, 1, vec![1]),
        (2, 2, vec![3]),
        (2, 3, vec![0, 2, 0, 1]),
        (2, 3, vec![0, 0]),
        (0, 3, vec![2, 4]),
        (70, 5, vec![300, 211]),
    ] {
        let geometry = ConcatGeometry { batch, rows, parts };
        let lengths = geometry.parts.iter().zip(1..).map(|(width, seed)| (batch * rows * width, seed));
        let inputs: Vec<_> = lengths.map(|(length, seed)| sample(length, seed)).collect();
        for form in FORMS {
            let what = format!("{geometry:?}");
            assert_same(&run(&inputs, joined(form, &geometry)), &naive(&geometry, &inputs), 0.0, &what);
            if batch * rows < 10 {
                assert_differentiates(&inputs, &what, joined(form, &geometry));
            }
        }
    }
}

#[test]
fn one_tensor_several_times_has_the_sum_of_the_gradients() {
    let x: Part = Cpu::default().tensor([[1.0, 2.0]]).realize();
    let geometry = ConcatGeometry { batch: 1, rows: 2, parts: vec![1; 3] };
    for form in FORMS {
        let y = form((0..3).map(|_| x.retaped()).collect(), &geometry).unwrap();
        assert_eq!(y.as_vec(), [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
        assert_eq!(y.square().sum::<(), _>().backward().get(&x).as_vec(), [6.0, 12.0]);
    }
}

#[test]
fn strided_parts_have_their_gradients() {
    let device = Cpu::default();
    let a: Part = device.sample_normal_like(&(4, 3));
    let b: Tensor<(usize,), f64, _> = device.sample_normal_like(&(2,));
    let geometry = ConcatGeometry { batch: 3, rows: 2, parts: vec![2, 1] };
    let outcome = |form: Form| {
        let permuted = a.retaped().permute::<(usize, usize), Axes2<1, 0>>();
        let repeated = b.retaped().broadcast_like::<_, Axis<0>>(&(3, 2));
        let y = form(vec![permuted, repeated], &geometry).unwrap();
        let output = y.as_vec();
        let gradients = y.square().sum::<(), _>().backward();
        [output, gradients.get(&a).as_vec(), gradients.get(&b).as_vec()].concat()
    };
    assert_close(&outcome(FORMS[0]), &outcome(FORMS[1]), 1e-12, "strided");
}

#[test]
#[should_panic(expected = "there must be a part")]
fn nothing_to_join_is_refused() {
    let geometry = ConcatGeometry { batch: 1, rows: 1, parts: Vec::new() };
    let _: Result<Part, _> = Cpu::try_concat(Vec::new(), &geometry);
}
