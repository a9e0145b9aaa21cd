//! Assigns places in memory to the values of a plan.

use super::steps::{Form, Steps, Value};
use crate::ops::Element;
use crate::ops::compiled::{Grid, View};

/// The places of values begin at multiples of this number of elements: one cache line of `f32`, or two of `f64`.
const LINE: usize = 16;

/// The places of all values.
pub(super) struct Layout {
    /// The position of each value, which includes its border.
    starts: Vec<usize>,
    /// The number of elements of the arena.
    pub(super) length: usize,
}

/// The first and the last step that use a value, and its length.
struct Life {
    value: usize,
    first: usize,
    last: usize,
    length: usize,
}

/// The value whose memory holds a value: itself, or the wider value that it is part of.
pub(super) fn root(values: &[Value], value: usize) -> usize {
    values[value].within.map_or(value, |(parent, _)| parent)
}

/// The size of the images with their borders.
pub(super) fn bordered(value: &Value) -> Form {
    let [above, below, left, right] = value.border;
    Form { height: value.form.height + above + below, width: value.form.width + left + right, ..value.form }
}

impl Layout {
    /// Places for all values of some steps. Values that are needed at the same time don't overlap.
    pub(super) fn new<E: Element>(steps: &Steps<E>) -> Self {
        let mut lives = lives(steps);
        // The largest values come first, because small ones fit into the gaps.
        lives.sort_by_key(|life| (std::cmp::Reverse(life.length), life.first));
        let mut starts = vec![0; steps.values.len()];
        let mut length = 0;
        for number in 0..lives.len() {
            let (placed, life) = (&lives[..number], &lives[number]);
            let mut taken: Vec<(usize, usize)> = placed
                .iter()
                .filter(|other| other.first <= life.last && life.first <= other.last)
                .map(|other| (starts[other.value], starts[other.value] + other.length))
                .collect();
            taken.sort_unstable();
            let mut start = 0;
            for (from, to) in taken {
                if start + life.length <= from {
                    break;
                }
                start = start.max(to);
            }
            starts[life.value] = start;
            length = length.max(start + life.length);
        }
        Layout { starts, length }
    }

    /// The view of a value.
    pub(super) fn view(&self, values: &[Value], value: usize) -> View {
        let (parent, channel) = values[value].within.unwrap_or((value, 0));
        let (whole, [above, _, left, _]) = (bordered(&values[parent]), values[parent].border);
        // An input of indices alone has no elements, which are apart nevertheless.
        let pixel_stride = whole.channels.max(1);
        let row_stride = whole.width * pixel_stride;
        let Form { examples, channels, height, width } = values[value].form;
        View::new(Grid {
            start: self.starts[parent] + above * row_stride + left * pixel_stride + channel,
            examples,
            height,
            width,
            channels,
            example_stride: whole.height * row_stride,
            row_stride,
            pixel_stride,
        })
    }
}

fn lives<E: Element>(steps: &Steps<E>) -> Vec<Life> {
    let values = &steps.values;
    let mut lives: Vec<Life> = values
        .iter()
        .enumerate()
        .map(|(value, of)| {
            let length = bordered(of).numbers().next_multiple_of(LINE);
            Life { value, first: usize::MAX, last: 0, length }
        })
        .collect();
    for (number, step) in steps.steps.iter().enumerate() {
        for &value in step.inputs.iter().chain([&step.output]) {
            let life = &mut lives[root(values, value)];
            (life.first, life.last) = (life.first.min(number), life.last.max(number));
        }
    }
    // The input exists before the first step, and the output is read after the last.
    lives[0].first = 0;
    lives[root(values, steps.output)].last = steps.steps.len();
    lives.retain(|life| life.first <= life.last && values[life.value].within.is_none());
    lives
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use proptest::prelude::*;

    use super::super::steps::{Kind, Lowered};
    use super::*;

    /// The positions of a view's elements, in order.
    fn positions(view: &View) -> Vec<usize> {
        let mut positions = Vec::new();
        for (example, row) in (0..view.examples).flat_map(|example| (0..view.height).map(move |row| (example, row))) {
            for column in 0..view.width {
                positions.extend((0..view.channels).map(|channel| view.at(example, row, column) + channel));
            }
        }
        positions
    }

    fn value() -> impl Strategy<Value = Value> {
        let form = (1..3_usize, 1..6_usize, 1..5_usize, 1..5_usize);
        (form, prop::array::uniform4(0..3_usize)).prop_map(|((examples, channels, height, width), border)| Value {
            form: Form { examples, channels, height, width },
            border,
            within: None,
        })
    }

    /// Values, some of which are channels of others, and steps of a program. Each step has inputs that come before it.
    fn programs() -> impl Strategy<Value = Steps<f32>> {
        let step = (value(), prop::collection::vec(any::<prop::sample::Index>(), 1..4), 0..4_usize);
        (value(), prop::collection::vec(step, 1..12)).prop_map(|(input, made)| {
            let (mut values, mut steps) = (vec![input], Vec::new());
            for (whole, inputs, parts) in made {
                let inputs: Vec<usize> = inputs.iter().map(|input| input.index(values.len())).collect();
                let (parent, channels) = (values.len(), whole.form.channels);
                values.push(whole.clone());
                let mut add = |output| {
                    steps.push(Lowered { kind: Kind::Flatten, inputs: inputs.clone(), output });
                };
                // The value is written at once, or each step writes some of its channels.
                let bounds: Vec<usize> = (0..=parts).map(|part| channels * part / parts.max(1)).collect();
                if parts == 0 {
                    add(parent);
                }
                for pair in bounds.windows(2).filter(|pair| parts > 0 && pair[0] < pair[1]) {
                    let form = whole.form.with_channels(pair[1] - pair[0]);
                    values.push(Value { form, within: Some((parent, pair[0])), ..whole.clone() });
                    add(values.len() - 1);
                }
            }
            let output = values.len() - 1;
            Steps { values, steps, output }
        })
    }

    proptest! {
        /// Simulates the program with names instead of elements: a step writes its output's name to all positions of the output,
        /// border included. When the output is read, or at the end, these positions must still have this name.
        #[test]
        fn nothing_is_overwritten_that_is_read_again(program in programs()) {
            let layout = Layout::new(&program);
            let whole = |value: usize| {
                let view = layout.view(&program.values, value);
                positions(&view.with_border(program.values[value].border))
            };
            let mut names: HashMap<usize, usize> = whole(0).into_iter().map(|position| (position, 0)).collect();
            let mut begun = HashSet::from([0]);
            let holds = |names: &HashMap<usize, usize>, value: usize| {
                whole(value).iter().all(|position| names.get(position) == Some(&root(&program.values, value)))
            };
            for step in &program.steps {
                // A value is initialized when the first of its channels is written.
                let output = root(&program.values, step.output);
                if begun.insert(output) {
                    names.extend(whole(output).into_iter().map(|position| (position, output)));
                }
                for &input in &step.inputs {
                    if begun.contains(&root(&program.values, input)) {
                        prop_assert!(holds(&names, input), "{input} is read, but no longer there: {program:?}");
                    }
                }
                prop_assert!(holds(&names, step.output));
            }
            prop_assert!(holds(&names, program.output), "the output is there at the end: {program:?}");
            prop_assert!(names.keys().all(|&position| position < layout.length));
        }

        /// Each element of a view has a position of its own. These lie inside the value with its border, and inside the wider
        /// value.
        #[test]
        fn views_are_sets_of_places(program in programs()) {
            let layout = Layout::new(&program);
            for (number, value) in program.values.iter().enumerate() {
                let view = layout.view(&program.values, number);
                let places = positions(&view);
                let set: HashSet<usize> = places.iter().copied().collect();
                prop_assert_eq!(set.len(), value.form.numbers(), "each element has its own");
                prop_assert_eq!(places.last().map(|last| last + 1), Some(view.end()));
                let around: HashSet<usize> = positions(&view.with_border(value.border)).into_iter().collect();
                prop_assert!(set.is_subset(&around));
                prop_assert_eq!(around.len(), bordered(value).numbers());
                if let Some((parent, _)) = value.within {
                    let all: HashSet<usize> = positions(&layout.view(&program.values, parent)).into_iter().collect();
                    prop_assert!(set.is_subset(&all));
                }
                if view.is_dense() {
                    prop_assert_eq!(places, (view.start..view.end()).collect::<Vec<_>>());
                }
            }
        }

        /// Views that are reported to be apart share no position: views of a program, and arbitrary ones.
        #[test]
        fn views_that_are_apart_share_no_place(
            program in programs(),
            sizes in prop::array::uniform2(prop::array::uniform8(0..5_usize)),
            starts in prop::array::uniform2(0..20_usize),
        ) {
            let layout = Layout::new(&program);
            let mut views: Vec<View> =
                (0..program.values.len()).map(|value| layout.view(&program.values, value)).collect();
            for (sizes, start) in sizes.iter().zip(starts) {
                let [examples, height, width, channels, pixel, row, example, _] = *sizes;
                let pixel_stride = channels.max(1) + pixel;
                let row_stride = width.max(1) * pixel_stride + row;
                let example_stride = height.max(1) * row_stride + example;
                let grid = Grid { start, examples, height, width, channels, example_stride, row_stride, pixel_stride };
                views.push(View::new(grid));
            }
            let sets: Vec<HashSet<usize>> = views.iter().map(|view| positions(view).into_iter().collect()).collect();
            for (first, of_first) in views.iter().zip(&sets) {
                for (second, of_second) in views.iter().zip(&sets) {
                    if first.is_apart_from(second) {
                        prop_assert!(of_first.is_disjoint(of_second), "{first:?} and {second:?}");
                    }
                }
            }
        }
    }
}
