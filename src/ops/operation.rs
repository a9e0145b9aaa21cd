//! What an operation is declared by, and the list of operations.
//!
//! An operation is a geometry: a value that has all its sizes. From its declaration follow its forward pass, its backward pass on a
//! tape, its place in a [plan](crate::plan), and its portable form.

use std::fmt::Debug;

use dfdx::prelude::{Dtype, Merge, PutTape, SplitTape, Tensor};
use serde::{Deserialize, Serialize};

use super::run::{Flat, OperationKernel};
use super::{
    Element, OptionalTape, activation, avg_pool2d, binary, concat, conv_transpose2d, conv2d, layer_norm, linear,
};
use super::{local_response_norm, matmul, max_pool2d, narrow, permute, reduce, scale, softmax, upsample};

/// The sizes of an operation.
pub(crate) trait Geometry: Debug {
    /// The number of elements of the output. All numbers are allowed: the error says what doesn't fit, or what can't be counted.
    fn outputs(&self, inputs: &[usize]) -> Result<usize, String>;

    /// Checks that tensors of these lengths fit.
    ///
    /// # Panics
    /// If they don't.
    #[track_caller]
    fn check(&self, inputs: &[usize], output: usize) {
        match self.outputs(inputs) {
            Ok(expected) if expected == output => {}
            Ok(expected) => panic!("the output of {self:?} has {expected} elements, but {output} were asked for"),
            Err(why) => panic!("{why}"),
        }
    }

    /// The number of inputs that may be computed from a network's input. Those behind them are weights: a plan rearranges them in
    /// advance.
    fn values(&self) -> usize {
        usize::MAX
    }
}

/// An operation on elements in order.
pub(crate) trait Operator<E: Element>: Geometry {
    /// What the backward pass reads.
    fn keeps(&self) -> Keeps;

    /// Writes the output, which is zeros before.
    fn forward(&self, inputs: &[&[E]], output: &mut [E]);

    /// Adds to the gradient of an input, which is given by its position. `upstream` is the gradient of the output.
    fn backward(&self, input: usize, kept: &Kept<'_, E>, upstream: &[E], gradient: &mut [E]);
}

/// An operation composed of dfdx's, on any device.
pub(crate) trait Portable: Geometry {
    /// The output, in any shape.
    fn portable<E: Dtype, D: OperationKernel<E>>(
        &self,
        inputs: Vec<Flat<E, D>>,
        outputs: usize,
    ) -> Result<Flat<E, D>, D::Err>;
}

/// What is kept of a forward pass for the backward pass.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    Nothing,
    Inputs,
    Output,
}

/// What was kept of a forward pass. What wasn't is empty.
pub(crate) struct Kept<'a, E> {
    pub(crate) inputs: &'a [&'a [E]],
    pub(crate) output: &'a [E],
}

/// Declares the operations: each is the name of a variant and its geometry.
macro_rules! operations {
    ($($name:ident($geometry:ty),)*) => {
        /// An operation with all its sizes.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Operation {
            $(
                #[doc = concat!("See `", stringify!($geometry), "`.")]
                $name($geometry),
            )*
        }

        $(
            impl From<$geometry> for Operation {
                fn from(geometry: $geometry) -> Self {
                    Operation::$name(geometry)
                }
            }
        )*

        impl Operation {
            /// Its sizes.
            pub(crate) fn geometry(&self) -> &dyn Geometry {
                match self {
                    $(Operation::$name(geometry) => geometry,)*
                }
            }

            /// The operation on the [`Cpu`](dfdx::prelude::Cpu).
            pub(crate) fn operator<E: Element>(&self) -> &dyn Operator<E> {
                match self {
                    $(Operation::$name(geometry) => geometry,)*
                }
            }

            /// The operation on any device, in any shape.
            pub(crate) fn portable<E: Dtype, D: OperationKernel<E>>(
                &self,
                inputs: Vec<Flat<E, D>>,
                outputs: usize,
            ) -> Result<Flat<E, D>, D::Err> {
                match self {
                    $(Operation::$name(geometry) => geometry.portable(inputs, outputs),)*
                }
            }
        }
    };
}

operations! {
    Activation(activation::Function),
    AvgPool2d(avg_pool2d::AvgPool2dGeometry),
    Binary(binary::BinaryGeometry),
    Concat(concat::ConcatGeometry),
    Conv2d(conv2d::Conv2dGeometry),
    ConvTranspose2d(conv_transpose2d::ConvTranspose2dGeometry),
    LayerNorm(layer_norm::LayerNormGeometry),
    Linear(linear::LinearGeometry),
    LocalResponseNorm(local_response_norm::LocalResponseNormGeometry),
    Matmul(matmul::MatmulGeometry),
    MaxPool2d(max_pool2d::MaxPool2dGeometry),
    Narrow(narrow::NarrowGeometry),
    Permute(permute::PermuteGeometry),
    Reduce(reduce::ReduceGeometry),
    Scale(scale::Scaled),
    Softmax(softmax::Softmax),
    Upsample(upsample::UpsampleGeometry),
}

/// The only input of an operation.
pub(crate) fn only<T>(inputs: Vec<T>) -> T {
    let [input] = <[T; 1]>::try_from(inputs).unwrap_or_else(|inputs| panic!("one input, not {}", inputs.len()));
    input
}

/// A tensor on the merged tape, its weight, and perhaps its bias.
pub(crate) type WithWeight<E, D> = (Flat<E, D>, Tensor<(usize, usize), E, D>, Option<Tensor<(usize, usize), E, D>>);

/// The inputs of an operation with a weight.
pub(crate) fn with_weight<E: Dtype, D: OperationKernel<E>>(inputs: Vec<Flat<E, D>>) -> WithWeight<E, D> {
    let (tensors, tapes): (Vec<_>, Vec<OptionalTape<E, D>>) = inputs.into_iter().map(SplitTape::split_tape).unzip();
    let tape = tapes.into_iter().reduce(Merge::merge).unwrap_or_default();
    let mut tensors = tensors.into_iter();
    match (tensors.next(), tensors.next(), tensors.next()) {
        (Some(input), Some(weight), bias) => (input.put_tape(tape), weight, bias),
        _ => panic!("an operation with a weight has two inputs at least"),
    }
}
