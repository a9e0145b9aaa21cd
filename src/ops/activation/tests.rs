use dfdx::prelude::*;

use super::{ActivationKernel, Function, Gelu, Hardsigmoid, Hardswish, LeakyRelu, Relu, Relu6, Silu, Tanh, portable};
use crate::ops::Detach;
use crate::ops::testing::{Taped, Vector, assert_close, assert_differentiates, assert_same, run, sample, weight};

/// All functions.
fn all() -> impl Iterator<Item = Function> {
    Function::by_hand().into_iter().map(|(function, ..)| function)
}

fn kernel(activation: Function) -> impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64> {
    move |x, _| Cpu::try_activation(x, activation).unwrap()
}

fn composed(
    activation: Function,
) -> impl Fn(Taped<f64, AutoDevice>, &[Vector<f64, AutoDevice>]) -> Taped<f64, AutoDevice> {
    move |x, _| portable::activation(x, activation).unwrap()
}

#[test]
fn by_hand() {
    for (function, _, expected) in Function::by_hand() {
        let y = run(&[vec![-1.0, 0.0, 2.0]], kernel(function)).output;
        assert_close(&y, &expected, 1e-14, &format!("{function:?}"));
    }
}

#[test]
fn both_forms_agree_and_differentiate() {
    for (activation, of_positive, _) in Function::by_hand() {
        let sample = |length| {
            let sample = sample(length, 1);
            if of_positive { sample.into_iter().map(|x| x.abs() + 0.5).collect() } else { sample }
        };
        for length in [1, 77, 0] {
            let (input, what) = ([sample(length)], format!("{activation:?}"));
            assert_same(&run(&input, kernel(activation)), &run(&input, composed(activation)), 1e-14, &what);
            assert_differentiates(&input, &what, kernel(activation));
        }
        let long = [sample(40_000)];
        let what = format!("{activation:?}, in chunks");
        assert_same(&run(&long, kernel(activation)), &run(&long, composed(activation)), 1e-14, &what);
    }
}

/// Another use of the input keeps its own gradient, whether it comes before or after the activation.
#[test]
fn an_input_that_others_have_stays() {
    let x = Cpu::default().tensor([-1.0, 0.5, 2.0]);
    for after in [false, true] {
        let (mine, tape) = (x.leaky_trace() + 0.0).split_tape();
        let other = mine.clone();
        let (other, mine, tape) = if after {
            let (y, tape) = Cpu::try_activation(mine.put_tape(tape), Relu).unwrap().split_tape();
            let (other, tape) = (other.put_tape(tape) * 3.0).split_tape();
            (other, y, tape)
        } else {
            let (other, tape) = (other.put_tape(tape) * 3.0).split_tape();
            let (y, tape) = Cpu::try_activation(mine.put_tape(tape), Relu).unwrap().split_tape();
            (other, y, tape)
        };
        let sum = mine.put_tape(tape) + other;
        assert_eq!(sum.array(), [-3.0, 2.0, 8.0]);
        assert_eq!(sum.sum::<(), _>().backward().get(&x).array(), [3.0, 4.0, 4.0], "after: {after}");
    }
}

/// dfdx treats a clone as the same tensor, even after the clone's elements are changed. The activation of a clone is another
/// tensor.
#[test]
fn a_changed_clone_leaves_the_original_its_gradient() {
    for activation in all() {
        let a = Cpu::default().tensor([-1.0, 0.5, 2.0]);
        let (mut changed, mut original) = (a.clone(), a.clone());
        changed[[0]] = 5.0;
        original[[1]] = 5.0;
        for clone in [changed, a.clone(), original] {
            let alone = clone.detach();
            let own = Cpu::try_activation(alone.leaky_trace(), activation).unwrap().sum::<(), _>().backward();
            let y = Cpu::try_activation(clone.leaky_traced(), activation).unwrap();
            let (y, tape) = y.split_tape();
            let later = (a.clone().put_tape(tape) * 3.0).sum::<(), _>();
            let (later, tape) = later.split_tape();
            let gradients = (y.put_tape(tape).sum::<(), _>() + later).backward();
            let expected = own.get(&alone).as_vec().into_iter().map(|slope| slope + 3.0).collect::<Vec<_>>();
            assert_close(&gradients.get(&a).as_vec(), &expected, 1e-15, &format!("{activation:?}"));
        }
    }
}

/// The exponentials of `f32` are this library's own approximations.
#[test]
fn single_precision_is_double_precision_rounded() {
    let single: Vec<f32> = (-3000..3000).map(|x| x as f32 * 0.01).collect();
    let double: Vec<f64> = single.iter().copied().map(f64::from).collect();
    let rounded = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect::<Vec<_>>();
    for activation in all() {
        let (x, wide) =
            (Cpu::default().tensor((single.clone(), (6000,))), Cpu::default().tensor((double.clone(), (6000,))));
        let y = Cpu::try_activation(x.leaky_trace(), activation).unwrap();
        let expected = Cpu::try_activation(wide.leaky_trace(), activation).unwrap();
        assert_close(&y.as_vec(), &rounded(expected.as_vec()), 1e-6, &format!("{activation:?}"));
        let (y, expected) = (y.sum::<(), _>().backward(), expected.sum::<(), _>().backward());
        let expected = rounded(expected.get(&wide).as_vec());
        assert_close(&y.get(&x).as_vec(), &expected, 3e-6, &format!("{activation:?}, gradient"));
    }
}

#[test]
fn beyond_their_limits_some_are_flat() {
    for (activation, outputs, slopes) in [
        (Function::from(Relu6), [0.0, 0.0, 6.0, 6.0], [0.0, 0.0, 0.0, 0.0]),
        (Hardsigmoid.into(), [0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]),
        (Hardswish.into(), [0.0, 0.0, 6.0, 7.0], [0.0, 0.0, 1.0, 1.0]),
    ] {
        let what = format!("{activation:?}");
        let x = [vec![-7.0, -3.0, 6.0, 7.0]];
        let expected: Vec<f64> = slopes.iter().enumerate().map(|(at, slope)| slope * weight(at)).collect();
        for outcome in [run(&x, kernel(activation)), run(&x, composed(activation))] {
            assert_close(&outcome.output, &outputs, 1e-14, &what);
            assert_close(&outcome.gradients[0], &expected, 1e-14, &what);
        }
    }
}

#[test]
fn gradients_at_zero_and_not_a_number_are_those_of_pytorch() {
    let slopes = |activation: Function, form: bool| {
        let x = Cpu::default().tensor([0.0, f64::NAN]);
        let y = match form {
            true => Cpu::try_activation(x.leaky_trace(), activation),
            false => portable::activation(x.leaky_trace(), activation),
        };
        let y = y.unwrap();
        assert!(y.array()[1].is_nan(), "{activation:?} keeps NaN");
        y.sum::<(), _>().backward().get(&x).array()[0]
    };
    for form in [false, true] {
        assert_eq!(slopes(Relu.into(), form), 0.0);
        assert_eq!(slopes(LeakyRelu { negative_slope: 0.1 }.into(), form), 0.1);
        assert_eq!(slopes(Gelu.into(), form), 0.5);
        assert_eq!(slopes(Tanh.into(), form), 1.0);
    }
}

#[test]
fn a_broadcast_input_has_the_sum_of_the_gradients() {
    for activation in [Function::from(Relu), Gelu.into(), Silu.into()] {
        let x = Cpu::default().tensor([1.0, 2.0]);
        let gradient = |x: &Tensor<Rank1<2>, f64, Cpu>, copies: f64| {
            let y = Cpu::try_activation(x.leaky_trace(), activation).unwrap() * copies;
            y.sum::<(), _>().backward().get(x).as_vec()
        };
        let y = Cpu::try_activation(x.leaky_trace().broadcast::<Rank2<3, 2>, _>(), activation).unwrap();
        let broadcast = y.sum::<(), _>().backward().get(&x).as_vec();
        assert_close(&broadcast, &gradient(&x, 3.0), 1e-14, &format!("{activation:?}"));
    }
}
