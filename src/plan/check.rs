//! Checks that the content of a file is a valid plan. The operations of a network are always valid; those of a file may not be.

use std::ops::Deref;

use serde_json::Value as Json;

use super::lower::broken;
use super::memory::bordered;
use super::steps::{Steps, Value};
use crate::error::{Error, Result};
use crate::ops::Element;
use crate::ops::graph::{Graph, Lookup, Node, Source};
use crate::ops::sizes::product;

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
    Err(broken("it has a value of more than 2³² elements"))
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

/// Checks that each operation reads what is computed before it, and that its sizes fit what it reads. `input` is the number of
/// elements of the network's input, `indices` that of its indices. The error describes the operation.
pub(super) fn graph<C: Deref<Target = [E]>, E>(
    graph: &Graph<C>,
    input: usize,
    indices: usize,
) -> std::result::Result<(), String> {
    let mut lengths = vec![input];
    for Lookup { start, count, geometry, matrix } in &graph.lookups {
        let is_inside = start.checked_add(*count).is_some_and(|end| end <= indices);
        let matrix = graph.constants.get(*matrix).map(|matrix| matrix.len());
        if !is_inside || *count == 0 || geometry.width == 0 || matrix != product(&[geometry.rows, geometry.width]) {
            return Err("its indices or the matrix that they look up don't fit".into());
        }
    }
    for (number, Node { operation, inputs }) in graph.nodes.iter().enumerate() {
        let length = |source: &Source| match *source {
            Source::Value(value) => lengths.get(value).copied(),
            Source::Constant(constant) => graph.constants.get(constant).map(|constant| constant.len()),
            Source::Lookup(number) => graph.lookups.get(number).and_then(Lookup::outputs),
        };
        let given: Option<Vec<usize>> = inputs.iter().map(length).collect();
        let given = given.ok_or_else(|| format!("operation {number} lacks its input or its parameters"))?;
        let is_value = |source: &Source| !matches!(source, Source::Constant(_));
        let wrong = |why: &str| format!("operation {number}, {operation:?}: {why}");
        if inputs.iter().skip(operation.geometry().values()).any(is_value) {
            return Err(wrong("its weights are computed"));
        }
        let outputs = operation.geometry().outputs(&given).map_err(|why| wrong(&why))?;
        if outputs == 0 || given.contains(&0) {
            return Err(wrong("it has no elements"));
        }
        lengths.push(outputs);
    }
    if graph.output < lengths.len() { Ok(()) } else { Err("it has no output".into()) }
}
