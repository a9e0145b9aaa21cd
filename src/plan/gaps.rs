//! Dense copies of values that have gaps in memory.

use super::steps::{Kind, Lowered, Steps, Value};
use crate::ops::Element;

/// Some steps read or write a value as rows that aren't its examples, which requires a value without gaps. If the value has gaps,
/// such a step uses a dense value instead, and a copy between both is inserted.
pub(super) fn fill<E: Element>(steps: &mut Steps<E>) {
    let copy = |from, to| Lowered { kind: Kind::Copy { from: 0, to: 0 }, inputs: vec![from], output: to };
    for mut step in std::mem::take(&mut steps.steps) {
        let regroups = |rows: usize| steps.values[rows].form.examples != steps.values[step.output].form.examples;
        let (mut inputs, output) = match step.kind {
            Kind::Unflatten => (if regroups(step.inputs[0]) { step.inputs.clone() } else { Vec::new() }, false),
            Kind::Pixels => (Vec::new(), true),
            Kind::Operate(_) => (step.inputs.clone(), true),
            _ => (Vec::new(), false),
        };
        inputs.sort_unstable();
        inputs.dedup();
        for rows in inputs {
            if let Some(dense) = dense(&mut steps.values, rows) {
                steps.steps.push(copy(rows, dense));
                step.inputs.iter_mut().filter(|input| **input == rows).for_each(|input| *input = dense);
            }
        }
        let after = if output { dense(&mut steps.values, step.output) } else { None };
        let after = after.map(|dense| copy(dense, std::mem::replace(&mut step.output, dense)));
        steps.steps.push(step);
        steps.steps.extend(after);
    }
}

/// A new value like this one, without gaps, if this one has gaps.
fn dense(values: &mut Vec<Value>, value: usize) -> Option<usize> {
    let Value { form, border, within } = values[value];
    if border == [0; 4] && within.is_none() {
        return None;
    }
    values.push(Value { form, border: [0; 4], within: None });
    Some(values.len() - 1)
}
