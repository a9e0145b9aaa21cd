//! Where each value of a plan lies.

use super::steps::{Form, Steps, Value};
use crate::ops::compiled::{Grid, View};

/// How many numbers a value's place is a multiple of: those of a line of the cache, or two.
const LINE: usize = 16;

/// The places of all values.
pub(super) struct Layout {
    /// Where each begins, its border included.
    starts: Vec<usize>,
    /// How many numbers there are in all.
    pub(super) length: usize,
}

/// From when to when a place is used, and how long it is.
struct Life {
    value: usize,
    first: usize,
    last: usize,
    length: usize,
}

/// The value whose memory a value lies in.
pub(super) fn root(values: &[Value], value: usize) -> usize {
    values[value].within.map_or(value, |(parent, _)| parent)
}

/// The size of the images with their borders.
pub(super) fn bordered(value: &Value) -> Form {
    let [above, below, left, right] = value.border;
    Form { height: value.form.height + above + below, width: value.form.width + left + right, ..value.form }
}

impl Layout {
    /// Places for all values of some steps, so that those that are needed at the same time are apart.
    pub(super) fn new<E>(steps: &Steps<E>) -> Self {
        let mut lives = lives(steps);
        // The largest first: what is small fits in between.
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

    /// How a value's numbers lie.
    pub(super) fn view(&self, values: &[Value], value: usize) -> View {
        let (parent, channel) = values[value].within.unwrap_or((value, 0));
        let (whole, [above, _, left, _]) = (bordered(&values[parent]), values[parent].border);
        let (pixel_stride, row_stride) = (whole.channels, whole.width * whole.channels);
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

fn lives<E>(steps: &Steps<E>) -> Vec<Life> {
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
    // The input is there before the first step, and the output is read behind the last.
    lives[0].first = 0;
    lives[root(values, steps.output)].last = steps.steps.len();
    lives.retain(|life| life.first <= life.last && values[life.value].within.is_none());
    lives
}
