//! Checks that the content of a file is a valid plan. The operations of a network are always valid; those of a file may not be.

use serde_json::Value as Json;

use super::lower::broken;
use super::memory::bordered;
use super::steps::{Steps, Value};
use crate::error::{Error, Result};
use crate::ops::conv_transpose2d::ConvTranspose2dGeometry;
use crate::ops::conv2d::Conv2dGeometry;
use crate::ops::graph::{Node, Operation, Source};
use crate::ops::{Bins, Element, Window};

/// The greatest size that a file may contain, so that the product of two sizes doesn't overflow.
const LARGEST: u64 = i32::MAX as u64;

/// Whether all sizes in a text are small enough to be computed with.
pub(super) fn are_sizes_small(text: &Json) -> bool {
    match text {
        Json::Number(number) => !number.is_u64() || number.as_u64().is_some_and(|number| number <= LARGEST),
        Json::Array(values) => values.iter().all(are_sizes_small),
        Json::Object(values) => values.values().all(are_sizes_small),
        Json::Null | Json::Bool(_) | Json::String(_) => true,
    }
}

/// Checks that the number of elements of each value doesn't overflow, and is small enough for memory.
pub(super) fn values<E: Element>(steps: &Steps<E>) -> Result<()> {
    let is_small = |value| bordered(value).numbers() <= u32::MAX as usize;
    if steps.values.iter().all(is_small) {
        return Ok(());
    }
    Err(broken("it has a value of more than 2³² numbers"))
}

/// The greatest number of bytes that a step keeps for each row and each column of its output.
const TABLE: usize = 32;

/// Checks that there is memory for an arena of `numbers` elements, and for the tables of the steps' rows and columns.
///
/// A plan in a file may request more memory than there is. Here the memory is allocated at once, and freed again. Otherwise a
/// later, smaller allocation might be the first to fail, which would end the process.
pub(super) fn memory<E: Element>(steps: &Steps<E>, numbers: usize) -> Result<()> {
    let lines = |value: &Value| value.form.height.saturating_add(value.form.width);
    let tables =
        steps.values.iter().fold(0, |sum: usize, value| sum.saturating_add(lines(value).saturating_mul(TABLE)));
    let bytes = numbers.saturating_mul(size_of::<E>()).saturating_add(tables);
    Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| {
        let help = "compile it for smaller batches, or on a machine with more memory";
        Error::Argument(format!("the plan computes in {bytes} bytes, which there is no memory for: {help}"))
    })
}

/// Checks that an operation has the right number of inputs, that its sizes are valid, and that its weights fit them. The error
/// describes the operation. `constants` are the lengths of the graph's constants.
pub(super) fn operation(node: &Node, constants: &[usize]) -> std::result::Result<(), String> {
    let Node { operation, inputs } = node;
    let (least, most) = match operation {
        Operation::Add => (2, 2),
        Operation::Concat(geometry) => (geometry.parts.len().max(1), geometry.parts.len().max(1)),
        Operation::Conv2d(_) | Operation::ConvTranspose2d(_) | Operation::Linear(_) => (2, 3),
        Operation::Scale { .. } => (3, 3),
        _ => (1, 1),
    };
    let weights: Option<Vec<usize>> = inputs
        .iter()
        .skip(operation.values())
        .map(|input| match input {
            Source::Value(_) => None,
            Source::Constant(constant) => constants.get(*constant).copied(),
        })
        .collect();
    if (least..=most).contains(&inputs.len()) && weights.is_some_and(|weights| fits(operation, &weights)) {
        return Ok(());
    }
    Err(format!("{operation:?}, has parameters or sizes that don't fit"))
}

/// Whether an operation's sizes are valid, and fit the lengths of its weights.
fn fits(operation: &Operation, weights: &[usize]) -> bool {
    let positive = |sizes: &[usize]| sizes.iter().all(|&size| size > 0);
    match operation {
        Operation::Activation(_) | Operation::Add => true,
        Operation::AvgPool2d(geometry) => {
            geometry.planes > 0 && [&geometry.vertical, &geometry.horizontal].map(bins) == [true; 2]
        }
        Operation::Concat(geometry) => geometry.rows > 0 && !geometry.parts.is_empty() && positive(&geometry.parts),
        Operation::Conv2d(geometry) => {
            let Conv2dGeometry { batch, in_channels, out_channels, groups, vertical, horizontal } = *geometry;
            let channels = [in_channels, out_channels, groups];
            batch > 0
                && [vertical, horizontal].map(window) == [true; 2]
                && are_weights(channels, (vertical.kernel, horizontal.kernel), weights)
        }
        Operation::ConvTranspose2d(geometry) => {
            let ConvTranspose2dGeometry { batch, in_channels, out_channels, groups, vertical, horizontal } = *geometry;
            let (channels, convolution) = ([in_channels, out_channels, groups], geometry.convolution());
            batch > 0
                && [convolution.vertical, convolution.horizontal].map(window) == [true; 2]
                && are_weights(channels, (vertical.kernel, horizontal.kernel), weights)
        }
        Operation::Linear(geometry) => {
            geometry.rows > 0 && are_weights([geometry.inputs, geometry.outputs, 1], (1, 1), weights)
        }
        Operation::LocalResponseNorm(geometry) => {
            positive(&[geometry.batch, geometry.channels, geometry.spatial, geometry.size])
        }
        Operation::MaxPool2d(geometry) => {
            geometry.planes > 0 && [geometry.vertical, geometry.horizontal].map(window) == [true; 2]
        }
        Operation::Narrow(geometry) => {
            positive(&[geometry.outer, geometry.width]) && geometry.start + geometry.width <= geometry.length
        }
        Operation::Scale { channels, spatial } => positive(&[*channels, *spatial]) && *weights == [*channels; 2],
        Operation::Softmax(_, geometry) => positive(&[geometry.outer, geometry.classes, geometry.inner]),
        Operation::Transpose { rows, columns } => positive(&[*rows, *columns]),
        Operation::Upsample(geometry) => {
            let (vertical, horizontal) = (geometry.vertical, geometry.horizontal);
            positive(&[geometry.planes, vertical.input, vertical.output, horizontal.input, horizontal.output])
        }
    }
}

/// Whether a window's sizes are positive, and its positions don't overflow.
fn window(window: Window) -> bool {
    window.input > 0 && window.output > 0 && window.reach().is_some()
}

/// Whether all bins lie inside their axis.
fn bins(Bins { input, bins }: &Bins) -> bool {
    !bins.is_empty() && bins.iter().all(|bin| bin.start <= bin.end && bin.end <= *input && bin.divisor > 0)
}

/// Whether the numbers of weights and biases fit the numbers of input channels, output channels and groups.
fn are_weights([inputs, outputs, groups]: [usize; 3], taps: (usize, usize), weights: &[usize]) -> bool {
    let per_group = || inputs.checked_div(groups)?.checked_mul(outputs)?.checked_mul(taps.0)?.checked_mul(taps.1);
    inputs > 0
        && outputs > 0
        && inputs.is_multiple_of(groups)
        && outputs.is_multiple_of(groups)
        && weights.first().is_some_and(|&weight| per_group() == Some(weight))
        && weights.get(1).is_none_or(|&bias| bias == outputs)
}
