//! Elementwise arithmetic, in rows along which an input has as many elements as the output, or one.

use super::BinaryGeometry;
use super::formulas::{Formula, WithFormula};
use crate::ops::Element;
use crate::ops::few::Few;
use crate::ops::parallel::{ELEMENTWISE, for_each_chunk};
use crate::ops::reduce;
use crate::ops::vectorized::{InstructionSet, vectorized};

/// Axes of the output that are one: their size, and the distances between neighbouring elements of both inputs, which are 0 where
/// an element is repeated.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    size: usize,
    strides: [usize; 2],
}

/// The axes of the output. There is at least one.
fn axes(geometry: &BinaryGeometry) -> Few<Axis> {
    let one = Axis { size: 1, strides: [1; 2] };
    let (mut axes, mut lengths) = (Few::new(one), [1; 2]);
    for (&left, &right) in geometry.left.iter().zip(&geometry.right).rev() {
        let size = if left == 1 { right } else { left };
        let stride = |of: usize, length: usize| if of == 1 { 0 } else { length };
        let next = Axis { size, strides: [stride(left, lengths[0]), stride(right, lengths[1])] };
        lengths = [lengths[0] * left, lengths[1] * right];
        match axes.last_mut() {
            _ if size == 1 => {}
            Some(last) if (0..2).all(|side| next.strides[side] == last.size * last.strides[side]) => last.size *= size,
            _ => axes.push(next),
        }
    }
    if axes.is_empty() {
        axes.push(one);
    }
    axes.reverse();
    axes
}

/// A row of the output, or a piece of it: where it begins in the output, and the elements of both inputs, of which there may be a
/// single one that is repeated.
struct Row<'a, E> {
    start: usize,
    inputs: [&'a [E]; 2],
}

/// Calls `task` with each row of `output`, which is divided between threads.
fn each_row<E: Element>(
    geometry: &BinaryGeometry,
    inputs: [&[E]; 2],
    output: &mut [E],
    task: impl Fn(Row<'_, E>, &mut [E]) + Sync,
) {
    let axes = axes(geometry);
    let (outer, inner) = axes.split_at(axes.len() - 1);
    let Axis { size, strides } = inner[0];
    let elements = |side: usize, start: usize, length: usize| {
        let input = inputs[side].get(start..).unwrap_or_default();
        &input[..input.len().min(if strides[side] == 0 { 1 } else { length })]
    };
    // A short row is a part of a task, and a task is a part of a long row.
    let rows = (ELEMENTWISE / size.max(1)).max(1);
    let piece = if outer.is_empty() { ELEMENTWISE } else { rows * size };
    for_each_chunk(
        output,
        piece.max(1),
        ELEMENTWISE,
        || (),
        |(), number, output| {
            let mut first = number * piece;
            for output in output.chunks_mut(if outer.is_empty() { piece } else { size }) {
                let (mut rest, along) = if outer.is_empty() { (0, first) } else { (first / size, 0) };
                let mut starts = strides.map(|stride| along * stride);
                for axis in outer.iter().rev() {
                    let position = rest % axis.size;
                    rest /= axis.size;
                    (0..2).for_each(|side| starts[side] += position * axis.strides[side]);
                }
                let length = output.len();
                task(Row { start: first, inputs: [0, 1].map(|side| elements(side, starts[side], length)) }, output);
                first += length;
            }
        },
    );
}

/// Writes the output.
pub(super) fn forward<E: Element>(geometry: &BinaryGeometry, a: &[E], b: &[E], output: &mut [E]) {
    struct Forward<'a, E>(&'a BinaryGeometry, [&'a [E]; 2], &'a mut [E]);

    impl<E: Element> WithFormula for Forward<'_, E> {
        fn run<F: Formula>(self, formula: F) {
            let set = InstructionSet::best();
            each_row(self.0, self.1, self.2, |row, output| values(set, formula, row.inputs[0], row.inputs[1], output));
        }
    }

    geometry.function.with(Forward(geometry, [a, b], output));
}

/// Adds to the gradient of the input at a position. `inputs` are both inputs; those of sums aren't needed.
pub(super) fn input_gradient<E: Element>(
    geometry: &BinaryGeometry,
    input: usize,
    inputs: &[&[E]],
    upstream: &[E],
    gradient: &mut [E],
) {
    let inputs = [0, 1].map(|side| inputs.get(side).copied().unwrap_or_default());
    let own = if input == 0 { &geometry.left } else { &geometry.right };
    if gradient.len() == upstream.len() {
        return geometry.function.with(Backward { geometry, input, inputs, upstream, to: gradient });
    }
    let mut products = vec![E::zero(); upstream.len()];
    geometry.function.with(Backward { geometry, input, inputs, upstream, to: &mut products });
    add_repeated(own, &geometry.output(), products, gradient);
}

/// Multiplies the gradient of the output by a derivative, and adds the products.
struct Backward<'a, E> {
    geometry: &'a BinaryGeometry,
    input: usize,
    inputs: [&'a [E]; 2],
    upstream: &'a [E],
    to: &'a mut [E],
}

impl<E: Element> WithFormula for Backward<'_, E> {
    fn run<F: Formula>(self, formula: F) {
        let (set, Backward { geometry, input, inputs, upstream, to }) = (InstructionSet::best(), self);
        each_row(geometry, inputs, to, |row, to| {
            derivatives(set, formula, input, row.inputs, &upstream[row.start..][..to.len()], to);
        });
    }
}

/// Adds the sums of what belongs to the same element, along each run of axes that is repeated.
fn add_repeated<E: Element>(own: &[usize], sizes: &[usize], mut products: Vec<E>, gradient: &mut [E]) {
    let is_repeated = |axis: usize| own[axis] == 1 && sizes[axis] != 1;
    let mut end = sizes.len();
    while let Some(last) = (0..end).rfind(|&axis| is_repeated(axis)) {
        let first = (0..last).rev().take_while(|&axis| own[axis] == 1).last().unwrap_or(last);
        let count = sizes[first..=last].iter().product();
        let (outer, inner) = (sizes[..first].iter().product::<usize>(), own[last + 1..].iter().product());
        let mut sums = vec![E::zero(); outer * inner];
        reduce::cpu::add_sums(count, inner, &products, &mut sums);
        (products, end) = (sums, first);
    }
    gradient.iter_mut().zip(&products).for_each(|(gradient, &product)| *gradient += product);
}

vectorized! {
    /// Writes a row of the output. An input may be a single element.
    fn values<E, const FUSES: bool>(formula: impl Formula, a: &[E], b: &[E], output: &mut [E]) {
        let value = value_of(formula);
        match (a, b) {
            (&[a], &[b]) if output.len() == 1 => output[0] = value(a, b),
            (a, &[b]) => output.iter_mut().zip(a).for_each(|(y, &a)| *y = value(a, b)),
            (&[a], b) => output.iter_mut().zip(b).for_each(|(y, &b)| *y = value(a, b)),
            (a, b) => output.iter_mut().zip(a.iter().zip(b)).for_each(|(y, (&a, &b))| *y = value(a, b)),
        }
    }

    /// Adds to the gradients of a row.
    fn derivatives<E, const FUSES: bool>(
        formula: impl Formula,
        input: usize,
        inputs: [&[E]; 2],
        upstream: &[E],
        gradient: &mut [E],
    ) {
        let derivative = derivative_of(formula, input);
        let pairs = gradient.iter_mut().zip(upstream);
        match inputs {
            [&[], _] | [_, &[]] => {
                let constant = derivative(E::zero(), E::zero());
                pairs.for_each(|(to, &upstream)| *to += upstream * constant);
            }
            [a, &[b]] if a.len() > 1 => pairs.zip(a).for_each(|((to, &upstream), &a)| *to += upstream * derivative(a, b)),
            [&[a], b] => pairs.zip(b).for_each(|((to, &upstream), &b)| *to += upstream * derivative(a, b)),
            [a, b] => {
                let pairs = pairs.zip(a.iter().zip(b));
                pairs.for_each(|((to, &upstream), (&a, &b))| *to += upstream * derivative(a, b));
            }
        }
    }
}

#[inline(always)]
fn value_of<E: Element, F: Formula>(_: F) -> impl Fn(E, E) -> E {
    F::value
}

#[inline(always)]
fn derivative_of<E: Element, F: Formula>(_: F, input: usize) -> impl Fn(E, E) -> E {
    move |a, b| F::derivatives(a, b)[input]
}
