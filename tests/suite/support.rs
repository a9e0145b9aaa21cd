//! What the tests share: tensors of given numbers, all tensors of a network by name, one step forward and back.

use std::collections::BTreeMap;

use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName,
};
use dfdx::shapes::Shape;
use dfdx::tensor::HasErr;
use dfdx::tensor_ops::{ReshapeTo, SumTo};
use shapewright::ops::Element;
use shapewright::prelude::*;

/// Numbers by the name of their tensor, `conv1.weight`.
pub type Numbers = BTreeMap<String, Vec<f64>>;

pub type Taped<S, E> = Tensor<S, E, AutoDevice, OwnedTape<E, AutoDevice>>;

/// Numbers that look random and are the same each time: from −1 to 1, no two alike.
pub fn sample(length: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (0..length).map(|_| next()).collect()
}

pub fn tensor<S: Shape, E: Element>(shape: S, numbers: &[f64]) -> Tensor<S, E, AutoDevice>
where
    AutoDevice: Backend<E>,
{
    let mut tensor = AutoDevice::default().zeros_like(&shape);
    tensor.copy_from(&numbers.iter().map(|&number| E::of(number)).collect::<Vec<_>>());
    tensor
}

pub fn numbers<S: Shape, E: Element, T>(tensor: &Tensor<S, E, AutoDevice, T>) -> Vec<f64>
where
    AutoDevice: Backend<E>,
{
    tensor.as_vec().into_iter().map(|number| number.to_f64().unwrap()).collect()
}

/// Every tensor of a network: parameters and statistics.
pub fn state<E: Element, N: TensorCollection<E, AutoDevice>>(network: &mut N) -> Numbers
where
    AutoDevice: Backend<E>,
{
    walk(network, Action::Read)
}

/// Overwrites the tensors that are named; each must be there.
pub fn set_state<E: Element, N: TensorCollection<E, AutoDevice>>(network: &mut N, numbers: &Numbers)
where
    AutoDevice: Backend<E>,
{
    let written = walk(network, Action::Write(numbers));
    assert!(written.keys().eq(numbers.keys()), "the network has {:?} of {:?}", written.keys(), numbers.keys());
}

/// What came out, and every gradient.
#[derive(Debug)]
pub struct Step {
    pub shape: Vec<usize>,
    pub output: Vec<f64>,
    pub input: Vec<f64>,
    pub parameters: Numbers,
}

/// One step forward, and back from `cotangent`, the gradient of the output.
///
/// It is compiled for each shape, so all that can be is left to functions that aren't.
pub fn step<E: Element, N: TensorCollection<E, AutoDevice>, X: Shape, Y: Shape>(
    network: &mut N,
    input: &Tensor<X, E, AutoDevice>,
    cotangent: &[f64],
    forward: impl FnOnce(&mut N, Taped<X, E>) -> Result<Taped<Y, E>>,
) -> Step
where
    AutoDevice: Backend<E>,
{
    let output = forward(network, input.leaky_trace()).unwrap();
    let shape: Vec<usize> = output.shape().concrete().into_iter().collect();
    let output = output.reshape_like(&(shape.iter().product(),));
    let values = numbers(&output);
    let gradients = backward(output, cotangent);
    let parameters = walk(network, Action::Gradients(&gradients));
    Step { shape, output: values, input: numbers(&gradients.get(input)), parameters }
}

fn backward<E: Element>(output: Taped<(usize,), E>, cotangent: &[f64]) -> Gradients<E, AutoDevice>
where
    AutoDevice: Backend<E>,
{
    let cotangent = tensor(*output.shape(), cotangent);
    (output * cotangent).sum::<Rank0, _>().backward()
}

/// Each pair is equal up to `tolerance`, relative to the expected number where that is above 1. What isn't finite is the same.
#[track_caller]
pub fn assert_close(actual: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}: the number of values");
    for (position, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let error = (actual - expected).abs();
        let same = actual == expected || actual.is_nan() && expected.is_nan();
        assert!(
            same || expected.is_finite() && error <= tolerance * expected.abs().max(1.0),
            "{what}, value {position}: {actual} instead of {expected}, off by {error:e}"
        );
    }
}

/// What is done with the tensors of a network.
enum Action<'a, E: Dtype> {
    /// Their numbers are read.
    Read,
    /// Those that are named are overwritten.
    Write(&'a Numbers),
    /// The gradients are read of those that train.
    Gradients(&'a Gradients<E, AutoDevice>),
}

/// Goes through a network. One visitor does it all: dfdx's walk is compiled anew for each network and visitor.
struct Walk<'a, E: Dtype> {
    action: Action<'a, E>,
    seen: Numbers,
}

fn walk<E: Element, N: TensorCollection<E, AutoDevice>>(network: &mut N, action: Action<'_, E>) -> Numbers
where
    AutoDevice: Backend<E>,
{
    let mut walk = Walk { action, seen: Numbers::new() };
    N::iter_tensors(&mut RecursiveWalker { m: (network, String::new()), f: &mut walk }).unwrap();
    walk.seen
}

impl<E: Element> TensorVisitor<E, AutoDevice> for Walk<'_, E>
where
    AutoDevice: Backend<E>,
{
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = <AutoDevice as HasErr>::Err;
    type E2 = E;
    type D2 = AutoDevice;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, E, AutoDevice>,
        (found, path): (&mut Tensor<S, E, AutoDevice>, String),
    ) -> Result<Option<Tensor<S, E, AutoDevice>>, <AutoDevice as HasErr>::Err> {
        let name = name_of(&path);
        let values = match self.action {
            Action::Read => Some(numbers(found)),
            Action::Write(numbers) => numbers.get(&name).cloned(),
            Action::Gradients(gradients) => options.do_gradient_update.then(|| numbers(&gradients.get(found))),
        };
        let Some(values) = values else { return Ok(None) };
        if let Action::Write(_) = self.action {
            *found = tensor(*found.shape(), &values);
        }
        assert!(self.seen.insert(name, values).is_none(), "two tensors have the name {path}");
        Ok(None)
    }
}

/// A path without the empty segments that dfdx's nested tuples leave.
fn name_of(path: &str) -> String {
    path.split('.').filter(|segment| !segment.is_empty()).collect::<Vec<_>>().join(".")
}
