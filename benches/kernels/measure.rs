//! How an operation is measured.

use std::fmt::Display;
use std::hint::black_box;

use dfdx::tensor_ops::SumTo;
use divan::{Bencher, counter::ItemsCount};
use shapewright::{Result, prelude::*};

/// A tensor of which only the order of its numbers counts.
pub type Numbers<T = NoneTape> = Tensor<(usize,), f32, Cpu, T>;

/// An operation, and its sizes.
pub trait Operation: Display {
    /// How many numbers go in.
    fn inputs(&self) -> usize;

    /// How many numbers each parameter has.
    fn parameters(&self) -> Vec<usize> {
        Vec::new()
    }

    /// How many multiplications it takes, or how many numbers go in where nothing is multiplied.
    fn items(&self) -> usize {
        self.inputs()
    }

    /// Runs it: what comes out.
    fn run<T: InputTape<f32, Cpu>>(&self, input: Numbers<T>, parameters: &[Numbers]) -> Result<Numbers<T>>;
}

/// The way there.
pub fn forward(bencher: Bencher<'_, '_>, operation: &impl Operation) {
    let (input, parameters) = numbers(operation);
    bencher.counter(ItemsCount::new(operation.items())).bench_local(|| {
        let output = operation.run(input.clone(), &parameters).expect("the operation runs");
        drop(black_box(output));
    });
}

/// The way there and back.
pub fn training(bencher: Bencher<'_, '_>, operation: &impl Operation) {
    let (input, parameters) = numbers(operation);
    bencher.counter(ItemsCount::new(operation.items())).bench_local(|| {
        let output = operation.run(input.leaky_trace(), &parameters).expect("the operation runs");
        drop(black_box(output.sum::<Rank0, _>().backward()));
    });
}

/// Made-up numbers on a device that keeps the memory of tensors for the next ones, as one that learns does.
fn numbers(operation: &impl Operation) -> (Numbers, Vec<Numbers>) {
    let device = Cpu::seed_from_u64(1);
    device.try_enable_cache().expect("the device has a cache");
    let normal = |count: usize| device.sample_normal_like(&(count,));
    (normal(operation.inputs()), operation.parameters().into_iter().map(normal).collect())
}
