//! Dense copies of values that have gaps in memory.

use super::steps::{Kind, Lowered, Steps, Value};
use crate::ops::Element;

/// Some steps read or write a value as rows that aren't its examples, which requires a value without gaps. If the value has gaps,
/// such a step uses a dense value instead, and a copy between both is inserted.
pub(super) fn fill<E: Element>(steps: &mut Steps<E>) {
    let copy = |from, to| Lowered { kind: Kind::Copy { from: 0, to: 0 }, inputs: vec![from], output: to };
    for mut step in std::mem::take(&mut steps.steps) {
        let rows = match step.kind {
            Kind::Unflatten => step.inputs[0],
            Kind::Pixels => step.output,
            _ => {
                steps.steps.push(step);
                continue;
            }
        };
        let value = &steps.values[rows];
        let form = value.form;
        let reshapes = rows == step.output || form.examples != steps.values[step.output].form.examples;
        if !reshapes || (value.border == [0; 4] && value.within.is_none()) {
            steps.steps.push(step);
            continue;
        }
        let dense = steps.values.len();
        steps.values.push(Value { form, border: [0; 4], within: None });
        if rows == step.output {
            step.output = dense;
            steps.steps.extend([step, copy(dense, rows)]);
        } else {
            step.inputs[0] = dense;
            steps.steps.extend([copy(rows, dense), step]);
        }
    }
}
