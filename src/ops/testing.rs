//! Helpers that the tests of all operations share.
//!
//! Operations don't depend on a tensor's rank, so every tensor here is a vector. The first is the input, the others are
//! parameters.
//!
//! The fast kernels run on the [`Cpu`], the portable forms on dfdx's `AutoDevice`, which is a GPU with the feature `cuda`.

use dfdx::prelude::*;

use super::{Backend, Element, ToVec};

/// A vector.
pub(crate) type Vector<E, D = Cpu, T = NoneTape> = Tensor<(usize,), E, D, T>;

/// A vector on a tape.
pub(crate) type Taped<E, D = Cpu> = Vector<E, D, OwnedTape<E, D>>;

/// The results of an operation.
#[derive(Debug)]
pub(crate) struct Outcome<E> {
    pub(crate) output: Vec<E>,
    /// The gradient of each input. The loss is the sum of the outputs, where output `i` is multiplied by `weight(i)`.
    pub(crate) gradients: Vec<Vec<E>>,
}

/// The gradient of the loss with respect to the output at a position.
pub(crate) fn weight(position: usize) -> f64 {
    ((position * 7 + 3) % 11) as f64 / 5.0 - 1.0
}

/// Pseudorandom values from −2 to 2.
pub(crate) fn sample(length: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 11) as f64 / (1u64 << 53) as f64 * 4.0 - 2.0
    };
    (0..length).map(|_| next()).collect()
}

/// A vector of the given values, in a buffer of its own.
pub(crate) fn vector<E: Element, D: Backend<E>>(device: &D, values: &[f64]) -> Vector<E, D> {
    let mut tensor = device.zeros_like(&(values.len(),));
    tensor.copy_from(&values.iter().map(|&value| E::of(value)).collect::<Vec<_>>());
    tensor
}

/// The elements of a tensor.
pub(crate) fn values<S: Shape, E: Element, D: Backend<E>, T>(tensor: &Tensor<S, E, D, T>) -> Vec<E> {
    tensor.to_vec()
}

/// Runs the forward and the backward pass of an operation.
pub(crate) fn run<E: Element, D: Backend<E> + Default>(
    inputs: &[Vec<f64>],
    operation: impl Fn(Taped<E, D>, &[Vector<E, D>]) -> Taped<E, D>,
) -> Outcome<E> {
    run_on(&D::default(), inputs, operation)
}

/// As [`run`], on the given device, which may have run other operations before.
pub(crate) fn run_on<E: Element, D: Backend<E>>(
    device: &D,
    inputs: &[Vec<f64>],
    operation: impl Fn(Taped<E, D>, &[Vector<E, D>]) -> Taped<E, D>,
) -> Outcome<E> {
    let inputs: Vec<Vector<E, D>> = inputs.iter().map(|values| vector(device, values)).collect();
    let y = operation(inputs[0].leaky_trace(), &inputs[1..]);
    let output = values(&y);
    let weights: Vec<f64> = (0..output.len()).map(weight).collect();
    let gradients = if output.is_empty() {
        // dfdx panics when it sums a tensor without elements.
        let (_, tape) = y.split_tape();
        device.zeros_like(&()).put_tape(tape).backward()
    } else {
        (y * vector(device, &weights)).sum::<(), _>().backward()
    };
    Outcome { output, gradients: inputs.iter().map(|input| values(&gradients.get(input))).collect() }
}

/// Asserts that values agree, up to a tolerance relative to the greater of the expected absolute value and 1.
pub(crate) fn assert_close<E: Element>(actual: &[E], expected: &[E], tolerance: f64, what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}: number of elements");
    for (position, (&actual, &expected)) in actual.iter().zip(expected).enumerate() {
        let (actual, expected) = (actual.to_f64().unwrap_or(f64::NAN), expected.to_f64().unwrap_or(f64::NAN));
        let same = actual == expected || (actual.is_nan() && expected.is_nan());
        let near = (actual - expected).abs() <= tolerance * expected.abs().max(1.0);
        assert!(same || near, "{what}: {actual} instead of {expected} at {position}");
    }
}

/// Asserts that two runs agree.
pub(crate) fn assert_same<E: Element>(actual: &Outcome<E>, expected: &Outcome<E>, tolerance: f64, what: &str) {
    assert_close(&actual.output, &expected.output, tolerance, &format!("{what}, output"));
    for (number, (actual, expected)) in actual.gradients.iter().zip(&expected.gradients).enumerate() {
        assert_close(actual, expected, tolerance, &format!("{what}, gradient {number}"));
    }
}

/// Asserts that the gradients agree with finite differences.
pub(crate) fn assert_differentiates(
    inputs: &[Vec<f64>],
    what: &str,
    operation: impl Fn(Taped<f64>, &[Vector<f64>]) -> Taped<f64>,
) {
    const STEP: f64 = 1e-5;
    let loss = |inputs: &[Vec<f64>]| {
        let device = Cpu::default();
        let inputs: Vec<Vector<f64>> = inputs.iter().map(|values| vector(&device, values)).collect();
        let output = values(&operation(inputs[0].leaky_trace(), &inputs[1..]));
        output.iter().enumerate().map(|(position, value)| value * weight(position)).sum::<f64>()
    };
    let gradients = run(inputs, &operation).gradients;
    for (number, gradient) in gradients.iter().enumerate() {
        let differences: Vec<f64> = (0..gradient.len())
            .map(|position| {
                let mut moved = inputs.to_vec();
                moved[number][position] += STEP;
                let up = loss(&moved);
                moved[number][position] -= 2.0 * STEP;
                (up - loss(&moved)) / (2.0 * STEP)
            })
            .collect();
        assert_close(gradient, &differences, 1e-7, &format!("{what}, differences of input {number}"));
    }
}

/// Checks that the requested kernels were used. It runs last in a process that requests kernels.
#[test]
#[ignore = "it counts what the tests before it took, in a process that asks for kernels"]
fn what_was_asked_for_was_taken() {
    let words = std::env::var("SHAPEWRIGHT_KERNELS").unwrap();
    for word in words.split(',') {
        let count = super::choice::taken().find(|(known, _)| *known == word).map(|(_, count)| count);
        assert!(count.is_some_and(|count| count > 0), "`{word}` was taken {count:?} times");
    }
}
